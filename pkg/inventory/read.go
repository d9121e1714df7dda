package inventory

import (
	"slices"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

func (r *reader) inventory(top *yaml.Node) *Inventory {
	inv := &Inventory{}
	var apps, providers *yaml.Node
	r.object(top, "the inventory", fields{
		"ssh":       func(n *yaml.Node) { inv.SSH = r.ssh(n, "ssh", false) },
		"apps":      keep(&apps),
		"providers": keep(&providers),
		"hooks":     func(n *yaml.Node) { inv.Hooks = r.hooks(n, "hooks") },
	}, nil)
	if apps != nil {
		for _, e := range r.entries(apps, "apps") {
			inv.Apps = append(inv.Apps, r.app(e, inv.SSH))
		}
	}
	if len(inv.Apps) == 0 && len(r.problems) == 0 {
		at := top
		if apps != nil {
			at = apps
		}
		r.problem(at, "no apps: name at least one under `apps:`")
	}
	if providers != nil {
		for _, e := range r.entries(providers, "providers") {
			inv.Providers = append(inv.Providers, r.provider(e))
		}
	}
	r.checkProviders(inv)
	return inv
}

// keep puts a node aside, for blocks that can be read only after others.
func keep(into **yaml.Node) func(*yaml.Node) { return func(n *yaml.Node) { *into = n } }

func (r *reader) app(e entry, defaults SSH) App {
	a := App{Name: resolve(e.key).Value, Pos: r.pos(e.key)}
	r.checkName(e.key, "app", a.Name)
	var servers, databases, env, backups *yaml.Node
	r.object(e.value, "app "+a.Name, fields{
		"servers":   keep(&servers),
		"databases": keep(&databases),
		"env":       keep(&env),
		"backups":   keep(&backups),
		"hooks":     func(n *yaml.Node) { a.Hooks = r.hooks(n, "hooks of "+a.Name) },
	}, nil)
	if servers != nil {
		for _, e := range r.entries(servers, "servers of "+a.Name) {
			a.Servers = append(a.Servers, r.server(e, a.Name, defaults))
		}
		r.checkAddresses(a)
	}
	if databases != nil {
		for _, e := range r.entries(databases, "databases of "+a.Name) {
			a.Databases = append(a.Databases, r.database(e, a))
		}
		r.checkDatabases(a)
	}
	if env != nil {
		a.Env = r.env(env, a)
	}
	if backups != nil {
		a.Backups = r.backups(backups, a)
	}
	return a
}

func (r *reader) server(e entry, app string, defaults SSH) Server {
	s := Server{App: app, Name: resolve(e.key).Value, Pos: r.pos(e.key)}
	r.checkName(e.key, "server", s.Name)
	what := "server " + s.Name
	hasAddress := false
	r.object(e.value, what, fields{
		"address":  func(n *yaml.Node) { hasAddress, s.Address = true, r.host(n, what+": address") },
		"internal": func(n *yaml.Node) { s.Internal = r.host(n, what+": internal") },
		"ssh":      func(n *yaml.Node) { s.SSH = r.ssh(n, what+": ssh", true) },
		"provider": func(n *yaml.Node) {
			if s.Provider = r.text(n, what+": provider"); s.Provider != "" {
				r.providers = append(r.providers, item{s.Provider, n})
			}
		},
	}, map[string]string{
		"user": "user belongs under ssh:",
		"port": "port belongs under ssh:",
	})
	if !hasAddress && (yamltext.IsNull(e.value) || e.value.Kind == yaml.MappingNode) {
		r.problem(e.key, "%s has no address", what)
	}
	s.SSH = s.SSH.over(defaults)
	return s
}

func (r *reader) database(e entry, a App) Database {
	d := Database{App: a.Name, Name: resolve(e.key).Value, Pos: r.pos(e.key)}
	r.checkName(e.key, "database", d.Name)
	what := "database " + d.Name
	hasEngine, hasServers := false, false
	r.object(e.value, what, fields{
		"engine": func(n *yaml.Node) { hasEngine, d.Engine = true, r.oneOf(n, what+": engine", Engines()) },
		"servers": func(n *yaml.Node) {
			hasServers, d.Servers = true, r.members(n, what+": servers", a)
		},
		"source": func(n *yaml.Node) {
			if d.Source = r.text(n, what+": source"); d.Source != "" {
				r.sources = append(r.sources, sourceRef{d.Target(), n})
			}
		},
		"credentials": func(n *yaml.Node) { d.Credentials = r.credentials(n, what+": credentials", true) },
		"admin":       func(n *yaml.Node) { d.Admin = r.credentials(n, what+": admin", false) },
		"port":        func(n *yaml.Node) { d.Port = r.number(n, what+": port", 65535) },
		"config_dir":  func(n *yaml.Node) { d.ConfigDir = r.serverPath(n, what+": config_dir") },
		"data_dir":    func(n *yaml.Node) { d.DataDir = r.serverPath(n, what+": data_dir") },
		"service":     func(n *yaml.Node) { d.Service = r.word(n, what+": service") },
		"replicate_over": func(n *yaml.Node) {
			d.ReplicateOver = r.oneOf(n, what+": replicate_over", []string{"internal", "address"})
		},
	}, map[string]string{
		"primary":  "who is primary is asked of the servers; while none of them replicates, it is the first of `servers:`",
		"password": "a password does not belong into this file: name its file under credentials: {password_file: …}",
	})
	if !yamltext.IsNull(e.value) && e.value.Kind != yaml.MappingNode {
		return d
	}
	if !hasEngine {
		if slices.Contains(Engines(), d.Name) {
			d.Engine = d.Name
		} else {
			r.problem(e.key, "%s: which engine is it? The name does not tell: add `engine:` with %s%s",
				what, orList(Engines()), maybe(Near(d.Name, Engines())))
		}
	}
	if !hasServers {
		r.problem(e.key, "%s has no servers: add `servers: [NAME]`", what)
	}
	return d
}

// maybe adds the names that are near, as an aside.
func maybe(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (is it " + orList(names) + "?)"
}

func (r *reader) provider(e entry) Provider {
	p := Provider{Name: resolve(e.key).Value, Pos: r.pos(e.key)}
	r.checkName(e.key, "provider", p.Name)
	what := "provider " + p.Name
	r.object(e.value, what, fields{
		"command": func(n *yaml.Node) { p.Command = r.command(n, what+": command") },
	}, nil)
	if p.Command == "" && isEmpty(e.value) {
		r.problem(e.key, "%s has no command", what)
	}
	return p
}

// isEmpty tells whether a block has no key at all, so that a missing one has not been reported otherwise.
func isEmpty(n *yaml.Node) bool {
	return yamltext.IsNull(n) || n.Kind == yaml.MappingNode && len(n.Content) == 0
}
