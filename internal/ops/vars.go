package ops

import (
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/replication"
)

// describe is what the database of the app says to its applications, the roles being as in f. The app is that of the
// group's root, or one whose database is a replica of it.
func (g *group) describe(t inventory.Target, f future) (variables.Database, error) {
	db, err := described(t)
	if err != nil {
		return db, err
	}
	if t.String() == g.root.String() {
		if f.primary == nil {
			return db, fmt.Errorf("%s: the primary cannot be told, so its variables cannot", t)
		}
		db.Primary, db.SetName = g.addr(t, *f.primary), f.name
		db.Replicas = g.replicasOf(t, f)
		return db, nil
	}
	// A database of another app that is a replica keeps its own address, and has the source's data.
	own := g.of(t)
	if len(own) == 0 {
		return db, fmt.Errorf("%s has no server", t)
	}
	db.Primary = g.addr(t, own[0])
	source, err := described(g.root)
	if err != nil {
		return db, err
	}
	for _, n := range own {
		if contains(f.copies, n) {
			db = variables.Following(db, source)
			db.Replicas = g.replicasOf(t, f) // in a chain
			return db, nil
		}
	}
	return db, nil
}

// replicasOf are the replicas that the variables of the database name: those that replicate from it, and none that has the data
// by way of another app's.
func (g *group) replicasOf(t inventory.Target, f future) []variables.Addr {
	var out []variables.Addr
	for _, n := range f.serving {
		switch chained := n.Source != "" && (f.primary == nil || n.Source != f.primary.Key()); {
		case !chained && t.String() == g.root.String(),
			chained && slices.ContainsFunc(g.of(t), func(own replication.Node) bool { return own.Key() == n.Source }):
			out = append(out, g.addr(t, n))
		}
	}
	return out
}

// described is what the inventory alone knows of a database.
func described(t inventory.Target) (variables.Database, error) {
	d := t.Database
	password, err := d.Credentials.Password()
	if err != nil {
		return variables.Database{}, err
	}
	return variables.Database{
		Name: d.Name, Engine: d.Engine, Port: d.Port,
		Username: d.Credentials.Username, Password: password, DatabaseName: d.Credentials.Database,
	}, nil
}

// addr is where the applications of t's app reach a server. One of another app has an internal address for them only
// where replication goes over that, which is for the replica's database to say.
func (g *group) addr(t inventory.Target, n replication.Node) variables.Addr {
	return variables.Addr{
		Internal: n.Internal, External: n.External,
		Remote: n.App != t.App.Name && g.over[n.Key()] != "internal",
	}
}

// of are the group's nodes of the database.
func (g *group) of(t inventory.Target) []replication.Node {
	return g.those(func(n replication.Node) bool { return n.App == t.App.Name && n.Database == t.Database.Name })
}

// estranged are notes on the targets of a change that stay with the data and accounts of another app's database, while
// their own app's variables go back to the credentials that belt.yaml has.
func (s *Session) estranged(c change, f future) []string {
	var notes []string
	for _, n := range c.targets {
		t, err := s.Inventory.Target(n.App + "/" + n.Database)
		if err != nil || t.String() == c.group.root.String() || c.restores || contains(f.replicas, n) {
			continue
		}
		own, err := described(t)
		source, err2 := described(c.group.root)
		if err != nil || err2 != nil {
			continue
		}
		now := variables.Following(own, source)
		if now.Username != own.Username || now.Password != own.Password || now.DatabaseName != own.DatabaseName {
			notes = append(notes, fmt.Sprintf("%s keeps the data and the accounts of %s, while the variables of %s go back to the "+
				"credentials: that belt.yaml has for %s: write those of %s there first if its applications are to go on with this data",
				n.Label, c.group.root, n.App, t, c.group.root))
		}
	}
	return notes
}
