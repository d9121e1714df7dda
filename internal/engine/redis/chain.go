package redis

import (
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Chains: a replica passes on the stream that it gets, with its history and its offsets. Users and settings are each server's
// own, so the primary at the top has nothing to do with a replica of a replica.
func (e *Engine) Chains() bool { return true }

// chainLeftovers are the runs and users that the replicas know for replicas of theirs that are none. Names of members are no
// left-overs: a server that was the primary once may have them.
func chainLeftovers(t replication.Topology, members map[string]bool) []replication.Leftover {
	var out []replication.Leftover
	for _, r := range t.Replicas {
		n := nativeOf(r.Facts)
		if n.notes.Unfinished != nil {
			continue // a change of the primary prepares a replica for those who are to follow it
		}
		out = append(out, replica.BegunLeftovers(t.Target, n.notes)...)
		for _, u := range n.Users {
			if beltUser(u) && !members[u] {
				label := r.Facts.Node.Label
				fix := fmt.Sprintf("on %s: ACL DELUSER %s", label, u)
				if u == replicaName(t.Primary.Node) {
					fix = replica.ResyncOf(r.Facts.Node)
				}
				out = append(out, replication.Leftover{Server: label, What: fmt.Sprintf("user %s that no replica uses", u), Fix: fix})
			}
		}
	}
	return out
}

// position is the server whose position the replica is to reach: in a chain the one at the top, where that runs.
func (m making) position() replication.Facts {
	if m.Chained && m.Top.Running {
		return m.Top
	}
	return m.primary
}

// letGo takes away what other servers than its source hold for the replica: belt.yaml gave it another source.
func (m making) letGo(t replication.Topology) []plan.Step {
	var others []replication.Facts
	if m.Chained {
		others = append(others, m.Top)
	}
	for _, r := range t.Replicas {
		if r.Facts.Replica {
			others = append(others, r.Facts)
		}
	}
	var steps []plan.Step
	for _, f := range others {
		was := m
		was.primary, was.pn, was.Primary = f, nativeOf(f), instance(f)
		if !f.Node.Same(m.target.Node) && f.Running && was.pn.hasUser(m.Name) {
			steps = append(steps, m.forgetUser(was, "-on-"+f.Node.Label, plan.Permanent(m.To()+" replicates from "+m.From()))...)
		}
	}
	return steps
}

// leadsNoMore takes away what the target holds for those who followed it when it was the primary, and follow another now.
func (m making) leadsNoMore(t replication.Topology) []plan.Step {
	others := []replication.Facts{*t.Primary}
	for _, r := range t.Replicas {
		if !r.Source.Same(m.target.Node) && !r.Facts.Node.Same(m.target.Node) {
			others = append(others, r.Facts)
		}
	}
	var steps []plan.Step
	for _, f := range others {
		led := m
		led.primary, led.pn, led.Primary, led.Name = m.target, m.tn, m.Target, replicaName(f.Node)
		if m.tn.hasUser(led.Name) {
			steps = append(steps, m.forgetUser(led, "-of-"+f.Node.Label, plan.Permanent(f.Node.Label+" does not replicate from "+m.To()))...)
		}
	}
	return steps
}

// feeds tells whether the target has replicas of its own, and Belt's file there what they need.
func feeds(t replication.Topology, f replication.Facts) bool {
	return slices.ContainsFunc(t.Replicas, func(r replication.Replica) bool { return r.Source.Same(f.Node) })
}
