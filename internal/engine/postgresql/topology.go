package postgresql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// caughtUp is how far behind a replica may be and still count as streaming: one WAL segment, 16 MiB. Under load the
// primary's position is always a little newer than the replica's answer.
const caughtUp = 16 << 20

// Topology tells from what the servers said who is primary and how each replica is doing. The order of members breaks
// ties only: what runs decides.
func (e *Engine) Topology(target string, members []replication.Facts) replication.Topology {
	t := replication.Topology{Target: target, Engine: "postgresql"}
	primary := replica.FindPrimary(members, func(f replication.Facts) int {
		if superseded(members, f) {
			return -1000
		}
		return feeds(f)
	})
	if primary >= 0 {
		p := members[primary]
		t.Primary = &p
	}
	t.Problems = replica.GroupProblems(members, primary)
	used := map[string]bool{}
	for i, f := range members {
		if i == primary {
			continue
		}
		source := replica.SourceOf(members, t.Primary, f)
		if source == nil || replicates(*source, f) {
			t.Replicas = append(t.Replicas, replica.Sourced(judge(t.Target, source, f), source))
			used[replicaName(f.Node)] = true
			continue
		}
		t.Standalone = append(t.Standalone, f)
	}
	if t.Primary != nil {
		t.Leftovers = append(append(leftovers(t, used), formerLeaves(t)...), chainLeftovers(t)...)
		t.Begun = begun(*t.Primary, members)
	}
	replica.Weaken(&t)
	t.Leftovers = append(t.Leftovers, replica.PromotionLeftovers(t, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes })...)
	return t
}

// feeds is how much a server shows of having replicas.
func feeds(f replication.Facts) int {
	n := nativeOf(f)
	points := 10 * len(n.Senders)
	if len(n.Slots) > 0 {
		points += 5
	}
	return points
}

// superseded tells whether another server took over from this one: it is further in the history of the same data, is ready
// to have this one as its replica, and is none itself. One that was promoted by accident still has the role of a replica.
func superseded(members []replication.Facts, f replication.Facts) bool {
	n, name := nativeOf(f), replicaName(f.Node)
	return slices.ContainsFunc(members, func(g replication.Facts) bool {
		other := nativeOf(g)
		_, slotted := other.slot(name)
		return g.Running && !g.Replica && f.Running && g.Identity == f.Identity && other.Timeline > n.Timeline && slotted &&
			!other.hasRole(replicaName(g.Node))
	})
}

// replicates tells whether the member is, or was made to be, a replica of the primary: it follows something, or the
// primary holds a role or a slot for it. A server that was only named in the inventory is neither.
func replicates(primary, member replication.Facts) bool {
	if member.Replica {
		return true
	}
	n, name := nativeOf(primary), replicaName(member.Node)
	_, slotted := n.slot(name)
	return slotted || n.hasRole(name)
}

// leftovers are what an unfinished run left on the primary: things named for a replica that is none.
func leftovers(t replication.Topology, used map[string]bool) []replication.Leftover {
	n := nativeOf(*t.Primary)
	out := replica.BegunLeftovers(t.Target, n.Notes)
	add := func(name, what string) {
		if used[name] || !strings.HasPrefix(name, "belt_") {
			return
		}
		fix := "belt db replicate disable " + t.Target
		if server := owner(n, t, name); server != "" {
			fix += " --replica " + server
		}
		out = append(out, replication.Leftover{Server: t.Primary.Node.Label, What: what, Fix: fix})
	}
	for _, s := range n.Slots {
		what := fmt.Sprintf("replication slot %s that no replica uses", s.Name)
		if s.Retained > 0 {
			what += fmt.Sprintf(", holding %s of WAL", replica.Size(s.Retained))
		}
		add(s.Name, what)
	}
	for _, r := range n.Roles {
		add(r.Name, fmt.Sprintf("role %s that no replica uses", r.Name))
	}
	seen := map[string]bool{}
	for _, h := range n.HBA {
		if !seen[h.Name] {
			add(h.Name, fmt.Sprintf("lines in pg_hba.conf for %s, which is no replica", h.Name))
		}
		seen[h.Name] = true
	}
	if len(n.Saved) > 0 && len(out) == 0 && len(t.Replicas) == 0 && !n.serves() {
		fix := "belt db replicate disable " + t.Target
		if len(t.Standalone) > 0 {
			fix += " --replica " + t.Standalone[0].Node.Server
		}
		out = append(out, replication.Leftover{Server: t.Primary.Node.Label, Fix: fix,
			What: "settings for replicas that it no longer has: " + strings.Join(sortedKeys(n.Saved), ", ")})
	}
	return out
}

// serves tells whether the server holds anything for a replica.
func (n *native) serves() bool {
	return slices.ContainsFunc(n.Slots, func(s slot) bool { return strings.HasPrefix(s.Name, "belt_") }) || len(n.Roles)+len(n.HBA) > 0
}

// begun are the servers that notes, and the comments of the primary's roles, name, and that are no members.
func begun(primary replication.Facts, members []replication.Facts) []replication.Begun {
	keys := replica.BegunBy(members, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes })
	for _, r := range nativeOf(primary).Roles {
		key, _ := strings.CutPrefix(r.Note, "belt: replica ")
		keys = append(keys, replication.Begun{Replica: key, Source: primary.Node.Key()})
	}
	return replica.Strangers(members, keys)
}

// owner is the server that a name of Belt's was made for, as the role's comment tells; empty when it tells nothing.
func owner(n *native, t replication.Topology, name string) string {
	for _, f := range t.Standalone {
		if replicaName(f.Node) == name {
			return f.Node.Server
		}
	}
	for _, r := range n.Roles {
		if key, ok := strings.CutPrefix(r.Note, "belt: replica "); ok && r.Name == name {
			_, server, _ := strings.Cut(key, "/")
			return server
		}
	}
	return ""
}
