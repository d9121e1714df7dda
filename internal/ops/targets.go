package ops

import (
	"strings"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/replication"
)

// server finds a server by its name in the target's app, or as "APP/SERVER" among all.
func (s *Session) server(t inventory.Target, name string) (inventory.Server, error) {
	app, server, qualified := strings.Cut(name, "/")
	if !qualified {
		return t.App.Server(name)
	}
	a, err := s.Inventory.App(app)
	if err != nil {
		return inventory.Server{}, err
	}
	return a.Server(server)
}

// named adds the servers to the group, where they are not in it, and returns their nodes. Naming one twice is once.
func (s *Session) named(g *group, names []string) ([]replication.Node, error) {
	var nodes []replication.Node
	seen := map[string]bool{}
	for _, name := range names {
		server, err := s.server(g.target, name)
		if err != nil {
			return nil, err
		}
		node := s.node(g.home, g.target, server)
		if seen[node.Key()] {
			continue
		}
		seen[node.Key()] = true
		if known, ok := g.byKey(node.Key()); ok {
			nodes = append(nodes, known)
			continue
		}
		if server.App != g.target.App.Name {
			return nil, usage("belt db status "+g.target.String()+" lists them", "%s is no replica of %s", name, g.target)
		}
		nodes = append(nodes, s.add(g, g.target, server))
	}
	return nodes, nil
}

func (g *group) byKey(key string) (replication.Node, bool) {
	for _, n := range g.nodes {
		if n.Key() == key {
			return n, true
		}
	}
	return replication.Node{}, false
}

// replicas returns, of the topology's replicas, those of the group's own target: its members. Replicas in other apps
// belong to those apps' databases and are asked for by their name.
func (g *group) replicas(t replication.Topology) []replication.Node {
	var nodes []replication.Node
	for _, r := range t.Replicas {
		if n := r.Facts.Node; n.App == g.target.App.Name && n.Database == g.target.Database.Name {
			if known, ok := g.byKey(n.Key()); ok {
				nodes = append(nodes, known)
			}
		}
	}
	return nodes
}
