package inventory

import (
	"errors"
	"fmt"
	"strings"
)

// NotFound says that the inventory has nothing of that name.
type NotFound struct {
	Kind string   // "app", "database", "server", "provider"
	Name string   // as asked for
	In   string   // where it was looked for: "app shop"; empty for the whole inventory
	Near []string // names that may have been meant, the closest first
	Have []string // every name there is
}

func (e *NotFound) Error() string {
	where := ""
	if e.In != "" {
		where = " in " + e.In
	}
	return fmt.Sprintf("no %s %q%s%s", e.Kind, e.Name, where, suggest(e.Near, e.Have))
}

func notFound(kind, name, in string, have []string) *NotFound {
	return &NotFound{Kind: kind, Name: name, In: in, Near: Near(name, have), Have: have}
}

// Ambiguous says that a database was named without its app, and several apps have one.
type Ambiguous struct {
	Name    string
	Targets []string
}

func (e *Ambiguous) Error() string {
	return fmt.Sprintf("%q may be %s: name the app, too", e.Name, orList(e.Targets))
}

// Target is one database together with its app.
type Target struct {
	App      App
	Database Database
}

func (t Target) String() string { return t.Database.Target() }

// Members are the database's servers, in the order of the file.
func (t Target) Members() []Server { return t.App.Members(t.Database) }

// Member returns the server of that name when it is a member of the database, else a *NotFound.
func (t Target) Member(name string) (Server, error) {
	for _, s := range t.Members() {
		if s.Name == name {
			return s, nil
		}
	}
	return Server{}, notFound("server", name, t.String(), t.Database.Servers)
}

// App returns the app of that name, or a *NotFound. Only the exact name will do.
func (inv *Inventory) App(name string) (App, error) {
	for _, a := range inv.Apps {
		if a.Name == name {
			return a, nil
		}
	}
	return App{}, notFound("app", name, "", inv.AppNames())
}

// Target finds the database "APP/DATABASE". "APP/" may be left out when there is one app. The error is a *NotFound, or an
// *Ambiguous when the app was left out and has to be named. Only exact names will do.
func (inv *Inventory) Target(name string) (Target, error) {
	app, database, qualified := strings.Cut(name, "/")
	if !qualified {
		return inv.unqualified(name)
	}
	a, err := inv.App(app)
	if err != nil {
		return Target{}, err
	}
	d, err := a.Database(database)
	if err != nil {
		// Compare whole targets: the right database may be in another app.
		return Target{}, notFound("database", name, "", inv.Targets())
	}
	return Target{a, d}, nil
}

func (inv *Inventory) unqualified(database string) (Target, error) {
	if len(inv.Apps) == 1 {
		a := inv.Apps[0]
		d, err := a.Database(database)
		return Target{a, d}, err
	}
	var targets, names []string
	for _, a := range inv.Apps {
		for _, d := range a.Databases {
			names = append(names, d.Name)
			if d.Name == database {
				targets = append(targets, d.Target())
			}
		}
	}
	if len(targets) > 0 {
		return Target{}, &Ambiguous{Name: database, Targets: targets}
	}
	similar := Near(database, names)
	for _, t := range inv.Targets() {
		for _, name := range similar {
			if strings.HasSuffix(t, "/"+name) {
				targets = append(targets, t)
			}
		}
	}
	return Target{}, &NotFound{Kind: "database", Name: database, Near: targets, Have: inv.Targets()}
}

// Select returns the apps that a command without a single target works on, each with only the databases selected: all for
// "", one app for "APP", one database for "APP/DATABASE". With one app, "DATABASE" will do.
func (inv *Inventory) Select(selector string) ([]App, error) {
	if selector == "" {
		return inv.Apps, nil
	}
	if !strings.Contains(selector, "/") {
		app, missing := inv.App(selector)
		if missing == nil {
			return []App{app}, nil
		}
		if len(inv.Apps) > 1 {
			if _, err := inv.Target(selector); err != nil {
				if _, ambiguous := errors.AsType[*Ambiguous](err); ambiguous {
					return nil, err
				}
			}
			return nil, missing
		}
	}
	t, err := inv.Target(selector)
	if err != nil {
		return nil, err
	}
	t.App.Databases = []Database{t.Database}
	return []App{t.App}, nil
}
