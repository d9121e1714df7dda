package inventory

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parsed(t *testing.T, text string) *Inventory {
	t.Helper()
	inv, err := parse("/belt/belt.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

const twoApps = `apps:
  shop:
    servers: {web1: {address: w}, db1: {address: a, internal: 10.0.0.1}, db2: {address: b, internal: 10.0.0.2}, db3: {address: c}}
    databases:
      postgresql: {servers: [db1, db2]}
      sessions: {engine: redis, servers: [db1]}
      mongodb: {servers: [db1]}
    env: {file: /etc/shop.env, servers: [web1]}
  shop-eu:
    servers: {db1: {address: e, internal: 10.1.0.1}}
    databases:
      postgresql: {servers: [db1], source: shop/postgresql}
      mongodb: {servers: [db1]}
`

const oneApp = `apps:
  shop:
    servers: {db1: {address: a}}
    databases: {postgresql: {servers: [db1]}, shop: {engine: redis, servers: [db1]}}
`

func TestTarget(t *testing.T) {
	tests := map[string]struct {
		text, name  string
		want, error string
	}{
		"whole name":               {twoApps, "shop/postgresql", "shop/postgresql", ""},
		"another app":              {twoApps, "shop-eu/postgresql", "shop-eu/postgresql", ""},
		"app left out":             {oneApp, "postgresql", "shop/postgresql", ""},
		"app left out of two":      {twoApps, "postgresql", "", `"postgresql" may be shop/postgresql or shop-eu/postgresql: name the app, too`},
		"app left out, one has it": {twoApps, "sessions", "", `"sessions" may be shop/sessions: name the app, too`},
		"prefix of a database":     {twoApps, "shop/postgres", "", `no database "shop/postgres": did you mean shop/postgresql?`},
		"prefix of an app":         {twoApps, "sho/postgresql", "", `no app "sho": did you mean shop or shop-eu?`},
		"misspelt":                 {oneApp, "postgrseql", "", `no database "postgrseql" in app shop: did you mean postgresql?`},
		"misspelt without app":     {twoApps, "sesions", "", `no database "sesions": did you mean shop/sessions?`},
		"nothing like it":          {oneApp, "shop/kafka", "", `no database "shop/kafka": there are shop/postgresql, shop/shop`},
		"capitals":                 {oneApp, "Shop/postgresql", "", `no app "Shop": did you mean shop?`},
		"empty":                    {oneApp, "", "", `no database "" in app shop: there are postgresql, shop`},
		"slash only":               {oneApp, "/", "", `no app "": there is shop`},
		"too many slashes":         {oneApp, "shop/postgresql/db1", "", `no database "shop/postgresql/db1": did you mean shop/postgresql?`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parsed(t, test.text).Target(test.name)
			if message := messageOf(err); message != test.error {
				t.Errorf("error %q, want %q", message, test.error)
			}
			if err == nil && got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestNotFoundIsTyped(t *testing.T) {
	inv := parsed(t, twoApps)
	shop, err := inv.App("shop")
	if err != nil {
		t.Fatal(err)
	}
	_, err = shop.Server("db")
	want := &NotFound{Kind: "server", Name: "db", In: "app shop", Near: []string{"db1", "db2", "db3"}, Have: []string{"web1", "db1", "db2", "db3"}}
	var got *NotFound
	if !errors.As(err, &got) {
		t.Fatalf("%T", err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	target, err := inv.Target("shop/postgresql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Member("db3"); messageOf(err) != `no server "db3" in shop/postgresql: did you mean db1 or db2?` {
		t.Errorf("member: %v", err)
	}
	if s, err := target.Member("db2"); err != nil || s.Address != "b" {
		t.Errorf("member db2: %v %v", s, err)
	}
	if _, err := inv.Provider("hetzner"); messageOf(err) != `no provider "hetzner"` {
		t.Errorf("provider: %v", err)
	}
}

func TestSelect(t *testing.T) {
	tests := map[string]struct {
		text, selector string
		want           []string
		error          string
	}{
		"all":                   {twoApps, "", []string{"shop/postgresql", "shop/sessions", "shop/mongodb", "shop-eu/postgresql", "shop-eu/mongodb"}, ""},
		"an app":                {twoApps, "shop-eu", []string{"shop-eu/postgresql", "shop-eu/mongodb"}, ""},
		"a database":            {twoApps, "shop/sessions", []string{"shop/sessions"}, ""},
		"app before database":   {oneApp, "shop", []string{"shop/postgresql", "shop/shop"}, ""},
		"database of one app":   {oneApp, "postgresql", []string{"shop/postgresql"}, ""},
		"database of two apps":  {twoApps, "postgresql", nil, `"postgresql" may be shop/postgresql or shop-eu/postgresql: name the app, too`},
		"misspelt app":          {twoApps, "shopeu", nil, `no app "shopeu": did you mean shop-eu or shop?`},
		"misspelt in one app":   {oneApp, "redi", nil, `no database "redi" in app shop: there are postgresql, shop`},
		"misspelt whole target": {oneApp, "shop/redi", nil, `no database "shop/redi": there are shop/postgresql, shop/shop`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			apps, err := parsed(t, test.text).Select(test.selector)
			if message := messageOf(err); message != test.error {
				t.Errorf("error %q, want %q", message, test.error)
			}
			if d := cmp.Diff(test.want, (&Inventory{Apps: apps}).Targets()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestCompletion(t *testing.T) {
	inv := parsed(t, twoApps)
	target, err := inv.Target("shop/postgresql")
	if err != nil {
		t.Fatal(err)
	}
	mongodb, err := inv.Target("shop/mongodb")
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, s := range target.Members() {
		members = append(members, s.Name)
	}
	tests := map[string]struct{ got, want []string }{
		"apps":               {inv.AppNames(), []string{"shop", "shop-eu"}},
		"databases":          {target.App.DatabaseNames(), []string{"postgresql", "sessions", "mongodb"}},
		"servers":            {target.App.ServerNames(), []string{"web1", "db1", "db2", "db3"}},
		"members":            {members, []string{"db1", "db2"}},
		"other servers":      {target.OtherServers(), []string{"web1", "db3"}},
		"sources":            {inv.SourcesFor(target), []string{"shop-eu/postgresql"}},
		"sources of MongoDB": {inv.SourcesFor(mongodb), nil},
	}
	for name, test := range tests {
		if d := cmp.Diff(test.want, test.got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestEnvServers(t *testing.T) {
	inv := parsed(t, `apps:
  some: {servers: {a: {address: a}, b: {address: b}}, env: {file: /x, servers: [b]}}
  all: {servers: {a: {address: a}, b: {address: b}}, env: {file: /y}}
  none: {servers: {a: {address: a}}}
`)
	for i, want := range [][]string{{"b"}, {"a", "b"}, nil} {
		var got []string
		for _, s := range inv.Apps[i].EnvServers() {
			got = append(got, s.Name)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", inv.Apps[i].Name, d)
		}
	}
}
