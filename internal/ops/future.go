package ops

import (
	"github.com/dbbelt/belt/pkg/replication"
)

// future is who is what once a command is done: what the inventory and the variables then have to say.
type future struct {
	primary  *replication.Node // nil when there is none, or it cannot be told
	replicas []replication.Node
	serving  []replication.Node // of the replicas, those that the variables name
	copies   []replication.Node // of the replicas, those that hold the primary's data, as far as is known
	name     string             // of the group, where its engine gives it one
}

// now is the future of a group that stays as it is.
func (g *group) now(t replication.Topology) future {
	var f future
	if t.Primary != nil {
		node := t.Primary.Node
		f.primary = &node
	}
	byKey := map[string]replication.Replica{}
	for _, r := range t.Replicas {
		byKey[r.Facts.Node.Key()] = r
	}
	which := func(keep func(replication.Replica) bool) []replication.Node {
		return g.those(func(n replication.Node) bool {
			r, ok := byKey[n.Key()]
			return ok && keep(r)
		})
	}
	f.replicas = which(func(replication.Replica) bool { return true })
	// Enabling names a replica and disabling takes it away; one that is down for a while stays named. Only data that is
	// not, or not yet, the primary's is never named.
	copies := func(r replication.Replica) bool { return r.Facts.Replica || r.Facts.Err != nil }
	f.serving = which(func(r replication.Replica) bool {
		return copies(r) && r.State != replication.Diverged && r.State != replication.Seeding
	})
	f.copies = which(copies)
	f.name = g.named(t, f, replication.Options{})
	return f
}

// named is the name of the group, where its engine gives it one, with the roles as in f.
func (g *group) named(t replication.Topology, f future, o replication.Options) string {
	if e, ok := g.engine.(replication.Named); ok && t.Primary != nil {
		return e.GroupName(*t.Primary, len(f.replicas) > 0, o)
	}
	return ""
}

// after is the future that a change brings about.
func (c change) after(m *made) future {
	f := c.group.now(m.roles)
	for _, list := range []*[]replication.Node{&f.replicas, &f.serving, &f.copies} {
		was := *list
		*list = c.group.those(func(n replication.Node) bool {
			switch {
			case !contains(c.targets, n):
				return contains(was, n)
			case c.restores:
				return keptReplica(findFacts(m.facts, n), contains(was, n))
			}
			return c.joins
		})
	}
	f.name = c.group.named(m.roles, f, c.options)
	return f
}

// keptReplica tells whether the newest data kept on a server is that of a replica; now is for a server that has none.
func keptReplica(f replication.Facts, now bool) bool {
	if len(f.Kept) == 0 {
		return now
	}
	return f.Kept[len(f.Kept)-1].Replica
}

// those are the nodes that keep returns true for, in the order of the inventory.
func (g *group) those(keep func(replication.Node) bool) []replication.Node {
	var out []replication.Node
	for _, n := range g.nodes {
		if keep(n) {
			out = append(out, n)
		}
	}
	return out
}
