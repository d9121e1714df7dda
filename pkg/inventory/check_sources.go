package inventory

import (
	"strings"

	"gopkg.in/yaml.v3"
)

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
			if mine.machine() == theirs.machine() {
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
