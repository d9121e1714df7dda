package ops

import (
	"context"
	"iter"
	"slices"
	"strings"

	steps "github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/replication"
)

// sourceOf is the key of the server that a database's own is to replicate from where that is itself a replica; empty for
// the primary. Which server that is, the servers tell.
func (s *Session) sourceOf(d inventory.Database) string {
	if d.Source == "" {
		return ""
	}
	source, err := s.Inventory.Target(d.Source)
	if err != nil || source.Database.Source == "" || len(source.Database.Servers) == 0 {
		return ""
	}
	return source.App.Name + "/" + source.Database.Servers[0]
}

// chains tells whether replicas of the engine can have replicas.
func (s *Session) chains(engine string) bool {
	e, ok := s.Engines[engine].(replication.Chainer)
	return ok && e.Chains()
}

// upwards is t and then each database that the one before is a replica of. The inventory has no circle of them.
func (s *Session) upwards(t inventory.Target) iter.Seq[inventory.Target] {
	return func(yield func(inventory.Target) bool) {
		for yield(t) && t.Database.Source != "" {
			source, err := s.Inventory.Target(t.Database.Source)
			if err != nil {
				return
			}
			t = source
		}
	}
}

// way is the databases from t upwards to another, both of them included; nil where that is not above t.
func (s *Session) way(t, to inventory.Target) []string {
	var names []string
	for above := range s.upwards(t) {
		names = append(names, above.String())
		if above.String() == to.String() {
			return names
		}
	}
	return nil
}

// noCircle is what to do about one.
const noCircle = "name a source that is not a replica of it, directly or by way of another"

// round names a circle in which servers, or databases, would replicate; way leads from the source to be up to the replica
// to be.
func round(way []string) string {
	slices.Reverse(way)
	return "replication would go round in a circle: " + strings.Join(append(way, way[0]), " ← ")
}

// linked is the topology as the source of the targets' has it.
func (c change) linked(t replication.Topology) (replication.Topology, error) {
	if c.promotes {
		return t, nil // it is about all of them
	}
	some := bySource(t, c.targets)
	if len(some) > 1 {
		return t, usage("run it once for those of each source", "%s and %s replicate from different servers", some[0].targets[0].Label, some[1].targets[0].Label)
	}
	return some[0].from, nil
}

// sourced are nodes that replicate from the same server, or are to, and the topology as that has it.
type sourced struct {
	from    replication.Topology
	targets []replication.Node
}

// bySource groups nodes; there is one group at least, that of the primary.
func bySource(t replication.Topology, targets []replication.Node) []sourced {
	var out []sourced
	var keys []string
	for _, n := range targets {
		key := n.Source
		if t.Primary != nil && key == t.Primary.Node.Key() {
			key = ""
		}
		i := slices.Index(keys, key)
		if i < 0 {
			i = len(keys)
			keys, out = append(keys, key), append(out, sourced{from: t.From(key)})
		}
		out[i].targets = append(out[i].targets, n)
	}
	if len(out) == 0 {
		out = []sourced{{from: t}}
	}
	return out
}

// climb refuses a source that really is, on the servers and whatever belt.yaml says, a replica of its replica to be, and one
// that follows a server without belt.yaml knowing of it.
func (s *Session) climb(ctx context.Context, c *change, facts []replication.Facts) error {
	source, err := s.Inventory.Target(c.source)
	if err != nil {
		return err
	}
	for _, server := range source.Members() {
		at := findFacts(facts, s.node(c.group.home, source, server))
		way, nodes := []string{at.Node.Label}, []replication.Node{at.Node}
		for at.Err == nil && at.Replica {
			above, known := s.above(ctx, c.group, facts, at)
			if !known || contains(nodes, above.Node) {
				break
			}
			at = above
			way, nodes = append(way, at.Node.Label), append(nodes, at.Node)
			if contains(c.targets, at.Node) {
				return refuse(noCircle, "%s", round(way))
			}
		}
		if source.Database.Source == "" && len(nodes) > 1 && nodes[1].App != source.App.Name {
			return refuse("if that is how it is to be, write `source: "+nodes[1].App+"/"+nodes[1].Database+"` into "+source.String()+" of belt.yaml first",
				"%s replicates from %s, and belt.yaml does not say so", way[0], way[1])
		}
	}
	return nil
}

// above is the server that a replica follows, if it is one of belt.yaml.
func (s *Session) above(ctx context.Context, g *group, facts []replication.Facts, f replication.Facts) (replication.Facts, bool) {
	for _, one := range facts {
		if steps.FollowsNode(f, one.Node) {
			return one, true
		}
	}
	for _, app := range s.Inventory.Apps {
		for _, d := range app.Databases {
			t := inventory.Target{App: app, Database: d}
			if d.Engine != g.target.Database.Engine {
				continue
			}
			for _, server := range t.Members() {
				if node := s.node(g.home, t, server); steps.FollowsNode(f, node) {
					stranger := *g
					stranger.nodes = []replication.Node{node}
					return stranger.inspect(ctx, replication.Glance)[0], true
				}
			}
		}
	}
	return replication.Facts{}, false
}

// dependents refuses to let replicas go, or to give them other data, that others replicate from.
func dependents(c change, t replication.Topology) error {
	for _, n := range c.targets {
		for _, r := range t.Of(n) {
			if leaf := r.Facts.Node; !contains(c.targets, leaf) && (t.Primary == nil || !t.Primary.Node.Same(n)) {
				return refuse("belt db replicate disable "+leaf.App+"/"+leaf.Database+" first; or make it a replica of the primary",
					"%s replicates from %s", leaf.Label, n.Label)
			}
		}
	}
	return nil
}
