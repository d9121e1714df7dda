package inventory

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// checkAddresses refuses two names for one machine: a replica could turn out to be its own primary. One address with several
// SSH ports is several machines behind a router.
func (r *reader) checkAddresses(a App) {
	type machine struct {
		address string
		port    int
	}
	addresses, internals := map[machine]string{}, map[string]string{}
	for _, s := range a.Servers {
		if s.Address != "" {
			key := machine{strings.ToLower(s.Address), s.sshPort()}
			if first, taken := addresses[key]; taken {
				r.problemAt(s.Pos, "server %s has the same address as %s: %s", s.Name, first, s.Address)
			} else {
				addresses[key] = s.Name
			}
		}
		if s.Internal != "" {
			key := strings.ToLower(s.Internal)
			if first, taken := internals[key]; taken {
				r.problemAt(s.Pos, "server %s has the same internal address as %s: %s", s.Name, first, s.Internal)
			} else {
				internals[key] = s.Name
			}
		}
	}
}

// sshPort is the port that logging in goes to unless ~/.ssh/config knows another.
func (s Server) sshPort() int {
	if s.SSH.Port != 0 {
		return s.SSH.Port
	}
	return 22
}

// checkDatabases refuses databases of an app that would get into each other's way.
func (r *reader) checkDatabases(a App) {
	type instance struct {
		server string
		port   int
	}
	variables, instances := map[string]string{}, map[instance]string{}
	for _, d := range a.Databases {
		if d.Engine == "" {
			continue
		}
		prefix := d.VariablePrefix()
		if first, taken := variables[prefix]; taken {
			r.problemAt(d.Pos, "databases %s and %s would write the same variables, %s_…: rename one", first, d.Name, prefix)
		} else {
			variables[prefix] = d.Name
		}
		for _, server := range d.Servers {
			key := instance{server, d.portOrDefault()}
			if first, taken := instances[key]; taken {
				r.problemAt(d.Pos, "databases %s and %s are both port %d of %s: give one its `port:`", first, d.Name, key.port, server)
			} else {
				instances[key] = d.Name
			}
		}
		if d.ReplicateOver == "internal" {
			for _, s := range a.Members(d) {
				if s.Internal == "" {
					r.problemAt(d.Pos, "database %s: replicate_over is internal, but server %s has no internal address", d.Name, s.Name)
				}
			}
		}
	}
}

// portOrDefault is the configured port, else the engine's usual one.
func (d Database) portOrDefault() int {
	if d.Port != 0 {
		return d.Port
	}
	switch d.Engine {
	case PostgreSQL:
		return 5432
	case MySQL, MariaDB:
		return 3306
	case Redis, Valkey:
		return 6379
	default:
		return 27017
	}
}

// sourceRef is a `source:` that was read; what it names may come later in the file.
type sourceRef struct {
	target string // whose source
	at     *yaml.Node
}

// checkSources looks at every `source:` once all apps are known.
func (r *reader) checkSources(inv *Inventory) {
	inCircle := map[string]bool{}
	for _, ref := range r.sources {
		t, err := inv.Target(ref.target)
		if err != nil {
			continue
		}
		if message := sourceProblem(inv, t); message != "" {
			r.problem(ref.at, "database %s: source %q %s", t.Database.Name, t.Database.Source, message)
			continue
		}
		if chain := cycle(inv, t.Database); chain != nil && !inCircle[ref.target] {
			for _, target := range chain {
				inCircle[target] = true
			}
			r.problem(ref.at, "database %s: the sources go round in a circle: %s", t.Database.Name, strings.Join(chain, " ← "))
		}
	}
}

// sourceProblem says what is wrong with the source that a database names; "" is nothing.
func sourceProblem(inv *Inventory, t Target) string {
	d := t.Database
	if !strings.Contains(d.Source, "/") {
		return "has to be written APP/DATABASE" + didYouMean(d.Source, inv.SourcesFor(t))
	}
	source, err := inv.Target(d.Source)
	switch {
	case err != nil:
		return "is not in the inventory" + didYouMean(d.Source, inv.SourcesFor(t))
	case d.Source == d.Target():
		return "is the database itself"
	case source.App.Name == d.App:
		return "is in the same app: there, a replica is one more of `servers:`"
	case d.Engine == "" || source.Database.Engine == "":
		return "" // reported where the engine is missing
	case source.Database.Engine != d.Engine:
		return "is " + source.Database.Engine + ", not " + d.Engine
	case d.Engine == MongoDB:
		return "cannot be: MongoDB replicates within one app only"
	}
	for _, mine := range t.Members() {
		for _, theirs := range source.Members() {
			if mine.Address == theirs.Address && mine.sshPort() == theirs.sshPort() {
				return "has the same server, " + mine.Address + ": it would replicate from itself"
			}
		}
	}
	return ""
}

// cycle follows the sources of d and returns the way back to it: [a b a]. It is nil when there is none.
func cycle(inv *Inventory, d Database) []string {
	chain := []string{d.Target()}
	for next := d.Source; next != ""; {
		chain = append(chain, next)
		if next == d.Target() {
			return chain
		}
		t, err := inv.Target(next)
		if err != nil || len(chain) > len(inv.Targets()) {
			return nil // a circle further on is reported there
		}
		next = t.Database.Source
	}
	return nil
}
