package ops

import (
	"cmp"
	"slices"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/replication"
)

// group is the servers that one database has to do with: its members, those of the database that it is a replica of,
// and those of the databases that are replicas of it.
type group struct {
	target inventory.Target // the one asked for
	root   inventory.Target // the one that has no source
	home   string           // the app whose servers are called by their bare name
	engine replication.Engine
	nodes  []replication.Node // the root's members first, all with runners that may change something
	over   map[string]string  // by the node's key: replicate_over of its database
}

// engine returns the engine of the database.
func (s *Session) engine(t inventory.Target) (replication.Engine, error) {
	if e, ok := s.Engines[t.Database.Engine]; ok {
		return e, nil
	}
	return nil, usage("`belt version` lists the engines that it replicates",
		"%s: this belt does not replicate %s", t, t.Database.Engine)
}

// group gathers the database's servers. Those of target.App are called by their bare name.
func (s *Session) group(target inventory.Target) (*group, error) {
	return s.groupFrom(target, target.App.Name)
}

// groupFrom is group as seen from the app called home; from none, all servers have their full names.
func (s *Session) groupFrom(target inventory.Target, home string) (*group, error) {
	engine, err := s.engine(target)
	if err != nil {
		return nil, err
	}
	root := s.rootOf(target)
	g := &group{target: target, root: root, home: home, engine: engine, over: map[string]string{}}
	s.collect(g, root)
	return g, nil
}

// rootOf follows the sources. The inventory has no cycle of them.
func (s *Session) rootOf(t inventory.Target) inventory.Target {
	for t.Database.Source != "" {
		source, err := s.Inventory.Target(t.Database.Source)
		if err != nil {
			return t
		}
		t = source
	}
	return t
}

// collect adds the members of t and of every database that is a replica of it.
func (s *Session) collect(g *group, t inventory.Target) {
	for _, server := range t.Members() {
		s.add(g, t, server)
	}
	for _, app := range s.Inventory.Apps {
		for _, d := range app.Databases {
			if d.Source == t.String() {
				s.collect(g, inventory.Target{App: app, Database: d})
			}
		}
	}
}

// add returns the group's node of the server, and makes it a member when it is none.
func (s *Session) add(g *group, t inventory.Target, server inventory.Server) replication.Node {
	node := s.node(g.home, t, server)
	if i := slices.IndexFunc(g.nodes, node.Same); i >= 0 {
		return g.nodes[i]
	}
	g.nodes = append(g.nodes, node)
	// A member that is new comes where it will stand once belt.yaml has it: lists of addresses keep their order.
	slices.SortStableFunc(g.nodes, func(a, b replication.Node) int { return cmp.Compare(s.rank(g, a), s.rank(g, b)) })
	g.over[node.Key()] = t.Database.ReplicateOver
	return node
}

// rank is the place of the node's database among those of the group: the root's first, then in the inventory's order.
func (s *Session) rank(g *group, n replication.Node) int {
	if n.App == g.root.App.Name && n.Database == g.root.Database.Name {
		return 0
	}
	rank := 0
	for _, app := range s.Inventory.Apps {
		for _, d := range app.Databases {
			if rank++; n.App == app.Name && n.Database == d.Name {
				return rank
			}
		}
	}
	return rank + 1
}

// node is the instance of t on the server, as seen from the app called home.
func (s *Session) node(home string, t inventory.Target, server inventory.Server) replication.Node {
	d := t.Database
	n := replication.Node{
		App: server.App, Server: server.Name, Label: label(home, server), Database: d.Name, Engine: d.Engine,
		Internal: server.Internal, External: server.Address,
		Settings: replication.Settings{
			Port: d.Port, ConfigDir: d.ConfigDir, DataDir: d.DataDir, Service: d.Service, AdminUser: d.Admin.Username,
		},
	}
	if n.Internal == "" {
		n.Internal = n.External
	}
	if d.Admin.PasswordFile != "" {
		n.Settings.AdminPassword = d.Admin.Password
	}
	n.Source = s.sourceOf(d)
	n.Runner = s.Connect.Runner(server, n.Label)
	return n
}

// label is the server's name in messages.
func label(home string, server inventory.Server) string {
	if server.App == home {
		return server.Name
	}
	return server.App + "/" + server.Name
}
