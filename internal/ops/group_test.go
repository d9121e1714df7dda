package ops

import (
	"errors"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

func TestGroup(t *testing.T) {
	s := given(t, shop)
	for target, want := range map[string]string{
		"shop/postgresql": "db1 db2 eu/db1",
		"eu/postgresql":   "shop/db1 shop/db2 db1",
	} {
		if got := labels(s.of(t, target).nodes); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
	g := s.of(t, "shop/postgresql")
	nodes, err := s.named(g, []string{"db3", "db2", "db3", "eu/db1"})
	if err != nil || labels(nodes) != "db3 db2 eu/db1" || labels(g.nodes) != "db1 db2 db3 eu/db1" {
		t.Errorf("named: %s among %s, %v", labels(nodes), labels(g.nodes), err)
	}
	if _, err := s.named(g, []string{"eu/web1"}); err == nil {
		t.Error("a server of another app that replicates nothing was taken")
	}
}

func TestDoubt(t *testing.T) {
	s := given(t, shop)
	for name, tt := range map[string]struct {
		db1, db2, eu replication.Facts
		doubt        bool
		primary      string
	}{
		"all answer":                                  {primary, replica, replica, false, "db1"},
		"the first is silent, nobody follows":         {down, primary, primary, true, "db1"},
		"the first is silent, one follows the second": {down, primary, replica, false, "db2"},
		"the second is silent":                        {primary, down, primary, false, "db1"},
		"all are silent":                              {down, down, down, true, ""},
	} {
		s.facts = map[string]replication.Facts{"shop/db1": tt.db1, "shop/db2": tt.db2, "eu/db1": tt.eu}
		g := s.of(t, "shop/postgresql")
		facts := g.inspect(t.Context(), replication.Glance)
		roles := g.topology(facts)
		if err := unreachable(roles, facts); (err != nil) != tt.doubt {
			t.Errorf("%s: %v", name, err)
		}
		got := ""
		if roles.Primary != nil {
			got = roles.Primary.Node.Label
		}
		if got != tt.primary {
			t.Errorf("%s: the primary is %q", name, got)
		}
	}
}

func TestEnableBetweenAppsRefusals(t *testing.T) {
	const apps = `
apps:
  a:
    servers: {db1: {address: 203.0.113.1}, db2: {address: 203.0.113.2}}
    databases:
      postgresql: {servers: [db1]}
      two: {engine: postgresql, servers: [db1, db2], port: 5433}
      sessions: {engine: redis, servers: [db1]}
  b:
    servers: {db1: {address: 203.0.113.1}, db9: {address: 203.0.113.9}}
    databases:
      postgresql: {servers: [db1]}
      far: {engine: postgresql, servers: [db9]}
`
	s := given(t, apps)
	for _, tt := range []struct{ target, from, want string }{
		{"b/postgresql", "a/postgresql", "the same server"},
		{"b/postgresql", "a/sessions", "redis"},
		{"a/two", "b/far", "has 2 servers"},
		{"a/postgresql", "a/two", "in the same app"},
		{"a/postgresql", "a/postgresql", "replica of itself"},
	} {
		_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: tt.target, From: tt.from})
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s from %s: %v", tt.target, tt.from, err)
		}
	}
	if len(s.asked) > 0 {
		t.Errorf("servers were asked: %v", s.asked)
	}
	if _, err := s.group(s.target(t, "a/sessions")); err == nil {
		t.Error("an engine that this belt does not have")
	}
}
