package replica

import (
	"fmt"
	"slices"

	"github.com/dbbelt/belt/pkg/replication"
)

// SourceOf is whom a member replicates from, or should: in a chain the replica that the inventory names, else the primary.
func SourceOf(members []replication.Facts, primary *replication.Facts, f replication.Facts) *replication.Facts {
	if key := f.Node.Source; key != "" && key != f.Node.Key() {
		if i := slices.IndexFunc(members, func(g replication.Facts) bool { return g.Node.Key() == key }); i >= 0 {
			return &members[i]
		}
	}
	return primary
}

// Sourced notes from whom a replica replicates.
func Sourced(r replication.Replica, source *replication.Facts) replication.Replica {
	if source != nil {
		r.Source = source.Node
	}
	return r
}

// Weaken tells of every replica whose source is itself a replica that does not follow: what it has, and how far it is
// behind, says nothing about the primary then.
func Weaken(t *replication.Topology) {
	weak := map[string]string{} // by key: what is wrong with a server that others replicate from
	for range t.Replicas {
		for _, f := range t.Standalone {
			weak[f.Node.Key()] = "no replica"
		}
		for i, r := range t.Replicas {
			key := r.Facts.Node.Key()
			if why := weak[r.Source.Key()]; why != "" && (r.State.Healthy() || r.State == replication.CatchingUp || r.Problem == noPrimary) {
				r.State, r.LagBytes, r.LagSeconds, r.Fix = replication.Broken, nil, nil, ""
				r.Problem = fmt.Sprintf("%s, which it replicates from, is %s", r.Source.Label, why)
				t.Replicas[i] = r
			}
			if !r.State.Healthy() && r.State != replication.CatchingUp {
				weak[key] = string(r.State)
			}
		}
	}
}

// noPrimary is what is wrong with a replica whose source does not answer.
const noPrimary = "its primary cannot be asked"

// Sourceless is a replica of which only its source could tell more, and that cannot be asked.
func Sourceless(r replication.Replica) replication.Replica {
	r.State, r.Problem = replication.Broken, noPrimary
	return r
}

// BegunBy are the runs that the notes of the servers know which feed replicas, or are about to: of the primary, and in a
// chain of replicas.
func BegunBy(members []replication.Facts, notes func(replication.Facts) Notes) []replication.Begun {
	var out []replication.Begun
	for _, f := range members {
		for _, u := range notes(f).Begun {
			out = append(out, replication.Begun{Replica: u.Replica, Source: f.Node.Key()})
		}
	}
	return out
}

// Chain tests, where the servers are to replicate from one that is itself a replica, that it is one, and follows. It is
// false where there is no way to go on.
func (c *Checker) Chain(source replication.Facts) bool {
	top := c.Req.Topology.Top
	if top == nil {
		return true
	}
	label := source.Node.Label
	switch {
	case top.Err != nil:
		c.Refuse("primary", label, HintOf(top.Err), "what is changed for a replica of it is changed on the primary, which cannot be asked: %v", top.Err)
	case !top.Running:
		c.Refuse("primary", label, "start it", "what is changed for a replica of it is changed on %s, which does not run: %s", top.Node.Label, top.Problem)
	case !source.Replica:
		c.Refuse("primary", label, "belt db status "+c.Req.Topology.Target, "it is no replica, while belt.yaml has it as one of %s", top.Node.Label)
	case source.Writable:
		c.Refuse("primary", label, "belt db status "+c.Req.Topology.Target, "it is set up as a replica, and takes writes of its own")
	case source.Identity != top.Identity:
		c.Refuse("primary", label, "belt db status "+c.Req.Topology.Target, "its data is not that of %s", top.Node.Label)
	default:
		c.Add("primary", label, true, "", "a replica of %s: replicas of it have the data from there by way of it", top.Node.Label)
		return true
	}
	return false
}

// Leaves is a note about those that replicate from a replica that gets other data: what they follow is not what they followed.
func Leaves(t replication.Topology, f replication.Facts) []string {
	var out []string
	for _, r := range t.Of(f.Node) {
		n := r.Facts.Node
		out = append(out, fmt.Sprintf("%s replicates from %s, and may have to be mended afterwards: belt db replicate resync %s/%s",
			n.Label, f.Node.Label, n.App, n.Database))
	}
	return out
}
