package ops

import (
	"github.com/dbbelt/belt/pkg/replication"
)

// future is who is what once a command is done: what the inventory and the variables then have to say.
type future struct {
	primary  *replication.Node // nil when there is none, or it cannot be told
	replicas []replication.Node
}

// now is the future of a group that stays as it is.
func (g *group) now(t replication.Topology) future {
	var f future
	if t.Primary != nil {
		node := t.Primary.Node
		f.primary = &node
	}
	follows := map[string]bool{}
	for _, r := range t.Replicas {
		follows[r.Facts.Node.Key()] = true
	}
	f.replicas = g.those(func(n replication.Node) bool { return follows[n.Key()] })
	return f
}

// after is the future that a change brings about.
func (c change) after(t replication.Topology) future {
	f := c.group.now(t)
	was := f.replicas
	f.replicas = c.group.those(func(n replication.Node) bool {
		switch {
		case c.joins && contains(c.targets, n):
			return true
		case c.parts && contains(c.targets, n):
			return false
		}
		return contains(was, n)
	})
	return f
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
