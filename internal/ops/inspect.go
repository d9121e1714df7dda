package ops

import (
	"context"
	"strings"
	"sync"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// inspect asks every server of the group, side by side and reading only. The facts come in the order of the nodes, and
// their nodes have guarded runners; see [unguard].
func (g *group) inspect(ctx context.Context, depth replication.Depth) []replication.Facts {
	facts := make([]replication.Facts, len(g.nodes))
	var wg sync.WaitGroup
	for i, node := range g.nodes {
		wg.Go(func() {
			node.Runner = remote.Guard(node.Runner)
			facts[i] = g.engine.Inspect(ctx, node, depth)
			facts[i].Node = node
		})
	}
	wg.Wait()
	return facts
}

// look inspects, and tells the user what is being waited for.
func (s *Session) look(ctx context.Context, g *group, depth replication.Depth) []replication.Facts {
	var names []string
	for _, n := range g.nodes {
		names = append(names, n.Label)
	}
	defer s.Screen.Working("looking at " + strings.Join(names, ", "))()
	return g.inspect(ctx, depth)
}

// topology sorts the facts into roles.
func (g *group) topology(facts []replication.Facts) replication.Topology {
	return unassumed(g.engine.Topology(g.target.String(), facts), facts)
}

// unguard gives the facts back the runners that may change something, for the steps of a plan.
func (g *group) unguard(facts []replication.Facts) {
	for i := range facts {
		facts[i].Node = g.nodes[i]
	}
}

// findFacts returns the facts of the node.
func findFacts(facts []replication.Facts, node replication.Node) replication.Facts {
	for _, f := range facts {
		if f.Node.Same(node) {
			return f
		}
	}
	return replication.Facts{Node: node}
}

// probe asks of every target whether it reaches the primary's database, side by side and reading only.
func (g *group) probe(ctx context.Context, primary replication.Facts, targets []replication.Facts, over string) map[string]replication.Link {
	links := map[string]replication.Link{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, target := range targets {
		wg.Go(func() {
			link := g.engine.Probe(ctx, primary, target, over)
			mu.Lock()
			defer mu.Unlock()
			links[target.Node.Key()] = link
		})
	}
	wg.Wait()
	return links
}
