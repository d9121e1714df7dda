package ops

import (
	"context"
	"fmt"
	"sync"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/replication"
)

// EnvOptions say whose variables are asked for.
type EnvOptions struct {
	App string // may be empty where there is one app
}

// EnvDocument is the answer of `belt env show`: what the app's servers are to have.
type EnvDocument struct {
	Version   int           `json:"version"`
	App       string        `json:"app"`
	Variables []EnvVariable `json:"variables"`
}

// EnvVariable is one variable; its value is whole, secrets included.
type EnvVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// EnvShow tells the variables of an app, as the servers' roles are now.
func EnvShow(ctx context.Context, s *Session, o EnvOptions) (EnvDocument, error) {
	doc := EnvDocument{Version: 1, App: o.App, Variables: []EnvVariable{}}
	app, err := s.app(o.App)
	if err != nil {
		return doc, err
	}
	doc.App = app.Name
	vars, err := s.appVariables(ctx, app)
	for _, v := range vars {
		doc.Variables = append(doc.Variables, EnvVariable(v))
	}
	return doc, err
}

// app finds an app by its name; the only one needs none.
func (s *Session) app(name string) (inventory.App, error) {
	if name == "" && len(s.Inventory.Apps) == 1 {
		return s.Inventory.Apps[0], nil
	}
	if name == "" {
		return inventory.App{}, usage("", "say which app: %s", orList(s.Inventory.AppNames()))
	}
	return s.Inventory.App(name)
}

// appVariables are the variables of every database of the app, as the servers' roles are now.
func (s *Session) appVariables(ctx context.Context, app inventory.App) ([]variables.Var, error) {
	var groups []*group
	for _, d := range app.Databases {
		g, err := s.group(inventory.Target{App: app, Database: d})
		if err != nil {
			s.Screen.Note(err.Error() + ": its variables are left out")
			continue
		}
		groups = append(groups, g)
	}
	defer s.Screen.Working("asking the databases of " + app.Name + " for their roles")()
	dbs := make([]variables.Database, len(groups))
	errs := make([]error, len(groups))
	var wg sync.WaitGroup
	for i, g := range groups {
		wg.Go(func() {
			facts := g.inspect(ctx, replication.Glance)
			t := g.topology(facts)
			if errs[i] = g.untold(t, facts); errs[i] == nil {
				dbs[i], errs[i] = g.describe(g.target, g.now(t))
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return variables.All(dbs)
}

// untold is why the variables of the group's target cannot be told, nil when they can. A database that replicates one of
// another app needs no answer of the primary: its applications read from its own server.
func (g *group) untold(t replication.Topology, facts []replication.Facts) error {
	if g.target.String() == g.root.String() {
		return primaryless(t, facts)
	}
	for _, f := range facts {
		if f.Node.App == g.target.App.Name && f.Node.Database == g.target.Database.Name && f.Err != nil {
			return f.Err
		}
	}
	return nil
}

// appTargets are the app's servers and what they are to have.
func (s *Session) appTargets(ctx context.Context, app inventory.App) ([]envpush.Server, error) {
	if len(app.EnvServers()) == 0 {
		return nil, usage("give app "+app.Name+" an env: block in belt.yaml", "app %s has no file of variables", app.Name)
	}
	vars, err := s.appVariables(ctx, app)
	if err != nil {
		return nil, err
	}
	return s.appServers(app, app.Name, vars), nil
}

// EnvDiffDocument is the answer of `belt env diff`.
type EnvDiffDocument struct {
	Version int             `json:"version"`
	App     string          `json:"app"`
	Equal   bool            `json:"equal"`
	Servers []EnvServerDiff `json:"servers"`
}

// EnvServerDiff is how one app server's file differs from what it is to have.
type EnvServerDiff struct {
	Server  string           `json:"server"`
	File    string           `json:"file"`
	Equal   bool             `json:"equal"`
	Changes []envfile.Change `json:"changes"` // whole, secrets included
	Owed    bool             `json:"owed"`    // an earlier push did not come to its end: the app may not have read the file
	Error   string           `json:"error"`
}

// EnvDiff compares the app servers' files with what they are to have. The error is an *[Unhealthy] when one differs, and
// that of the connection when one could not be read; the document is whole all the same.
func EnvDiff(ctx context.Context, s *Session, o EnvOptions) (EnvDiffDocument, error) {
	doc := EnvDiffDocument{Version: 1, App: o.App, Servers: []EnvServerDiff{}}
	app, err := s.app(o.App)
	if err != nil {
		return doc, err
	}
	doc.App = app.Name
	servers, err := s.appTargets(ctx, app)
	if err != nil {
		return doc, err
	}
	looks := s.Env(Pushing{}).Look(ctx, servers)
	if ctx.Err() != nil {
		return doc, context.Cause(ctx)
	}
	var unread error
	var differ, owed []string
	for i, look := range looks {
		one := EnvServerDiff{
			Server: servers[i].Runner.Server(), File: app.Env.File, Equal: look.Err == nil && len(look.Changes) == 0,
			Changes: append([]envfile.Change{}, look.Changes...), Owed: look.Owed,
		}
		switch {
		case look.Err != nil:
			one.Error = look.Err.Error()
			if unread == nil {
				unread = look.Err
			}
		case !one.Equal:
			differ = append(differ, one.Server)
		case one.Owed:
			owed = append(owed, one.Server)
		}
		doc.Servers = append(doc.Servers, one)
	}
	doc.Equal = unread == nil && len(differ) == 0
	fix := "belt env push " + app.Name
	switch {
	case unread != nil:
		return doc, unread
	case len(differ) > 0:
		return doc, &Unhealthy{Text: fmt.Sprintf("%s: the variables differ on %s", app.Name, few(differ)), Fix: fix}
	case len(owed) > 0:
		return doc, &Unhealthy{Text: fmt.Sprintf("%s: a push did not come to its end on %s", app.Name, few(owed)), Fix: fix}
	}
	return doc, nil
}
