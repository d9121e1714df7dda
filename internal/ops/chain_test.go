package ops

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

const three = `
apps:
  a:
    servers: {db1: {address: 203.0.113.1, internal: 10.0.0.1}}
    databases: {postgresql: {servers: [db1]}}
  b:
    servers: {db1: {address: 203.0.113.2, internal: 10.0.0.2}}
    databases: {postgresql: {servers: [db1]}}
  c:
    servers: {db1: {address: 203.0.113.3, internal: 10.0.0.3}}
    databases: {postgresql: {servers: [db1]}}
  d:
    servers: {db1: {address: 203.0.113.4, internal: 10.0.0.4}}
    databases: {postgresql: {servers: [db1]}}
`

func following(address string) replication.Facts {
	f := replica
	f.Follows = address + ":5432"
	return f
}

// The servers go round in a circle, or a chain is there already, and belt.yaml knows nothing of it.
func TestChainsThatOnlyTheServersKnow(t *testing.T) {
	for _, tt := range []struct{ target, from, want string }{
		{"a/postgresql", "c/postgresql", "in a circle: db1 ← b/db1 ← c/db1 ← db1"},
		{"a/postgresql", "b/postgresql", "in a circle: db1 ← b/db1 ← db1"},
		{"d/postgresql", "c/postgresql", "c/db1 replicates from b/db1, and belt.yaml does not say so"},
	} {
		s := given(t, three)
		s.facts = map[string]replication.Facts{
			"a/db1": primary, "b/db1": following("203.0.113.1"), "c/db1": following("203.0.113.2"), "d/db1": primary,
		}
		_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: tt.target, From: tt.from})
		var refused *Refused
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s from %s: %v", tt.target, tt.from, err)
		}
	}
}

// An engine without chains says so before any server is contacted.
func TestEngineWithoutChains(t *testing.T) {
	s := given(t, strings.Replace(three, "b:\n    servers: {db1: {address: 203.0.113.2, internal: 10.0.0.2}}\n    databases: {postgresql: {",
		"b:\n    servers: {db1: {address: 203.0.113.2, internal: 10.0.0.2}}\n    databases: {postgresql: {source: a/postgresql, ", 1))
	_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: "c/postgresql", From: "b/postgresql"})
	var refused *Refused
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "b/postgresql is itself a replica of a/postgresql") || len(s.asked) > 0 {
		t.Errorf("%v; asked %v", err, s.asked)
	}
}

// The locks of a change are on the primary, on whom its target is to follow, and on whom it follows until then.
func TestLocksOfAChain(t *testing.T) {
	yaml := strings.Replace(three, "10.0.0.2}}\n    databases: {postgresql: {", "10.0.0.2}}\n    databases: {postgresql: {source: a/postgresql, ", 1)
	yaml = strings.Replace(yaml, "10.0.0.3}}\n    databases: {postgresql: {", "10.0.0.3}}\n    databases: {postgresql: {source: b/postgresql, ", 1)
	yaml = strings.Replace(yaml, "10.0.0.4}}\n    databases: {postgresql: {", "10.0.0.4}}\n    databases: {postgresql: {source: a/postgresql, ", 1)
	s := given(t, yaml)
	s.facts = map[string]replication.Facts{"a/db1": primary, "b/db1": following("203.0.113.1"), "c/db1": following("203.0.113.4"), "d/db1": following("203.0.113.1")}
	g := s.of(t, "c/postgresql")
	facts := g.inspect(t.Context(), replication.Glance)
	c := change{group: g, targets: g.of(s.target(t, "c/postgresql"))}
	var at []string
	for _, p := range c.places(&made{facts: facts, roles: g.topology(facts)}) {
		at = append(at, p.Runner.Server())
	}
	slices.Sort(at)
	if got := strings.Join(at, " "); got != "a/db1 b/db1 d/db1 db1" {
		t.Errorf("locks on %s", got)
	}
}
