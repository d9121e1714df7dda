package ops

import (
	"context"
	"strings"
	"sync"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// clients tests that the app's servers reach every member of the group, where its engine sends applications to all of
// them. A server that does not answer at all is none that this is about.
func (s *Session) clients(ctx context.Context, g *group, t replication.Topology, targets []replication.Facts, over string) []plan.Check {
	e, ok := g.engine.(replication.ClientChecker)
	if !ok || t.Primary == nil || t.Primary.Err != nil {
		return nil
	}
	members := []replication.Facts{*t.Primary}
	for _, r := range t.Replicas {
		members = append(members, r.Facts)
	}
	for _, f := range targets {
		if !contains(nodesOf(members), f.Node) {
			members = append(members, f)
		}
	}
	servers := g.root.App.EnvServers()
	found := make([]replication.Reach, len(servers))
	turns := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, server := range servers {
		node := replication.Node{
			App: server.App, Server: server.Name, Label: label(g.home, server), Internal: server.Internal, External: server.Address,
		}
		node.Runner = remote.Guard(s.Connect.Runner(server, node.Label))
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			found[i] = e.CheckClient(ctx, node, members, over)
		})
	}
	wg.Wait()
	var checks []plan.Check
	for _, r := range found {
		if len(r.Addresses) == 0 { // it was not asked
			continue
		}
		c := plan.Check{Name: "apps", Server: r.Label, OK: len(r.Problems) == 0, Detail: "reaches " + strings.Join(r.Addresses, ", ")}
		if !c.OK {
			c.Detail = "cannot reach " + strings.Join(r.Problems, "; ")
			c.Hint = "open the way: clients are sent to every member by these names; or leave the server out of env: in belt.yaml"
		}
		checks = append(checks, c)
	}
	return checks
}

func nodesOf(facts []replication.Facts) []replication.Node {
	var out []replication.Node
	for _, f := range facts {
		out = append(out, f.Node)
	}
	return out
}
