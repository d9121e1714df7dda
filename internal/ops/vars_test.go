package ops

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestVariables(t *testing.T) {
	s := given(t, shop)
	g := s.of(t, "shop/postgresql")
	db1, db2, eu := g.nodes[0], g.nodes[1], g.nodes[2]
	both := []replication.Node{db2, eu}
	f := future{primary: &db1, replicas: both, serving: both, copies: both}
	got := func(target string, f future) map[string]string {
		db, err := g.describe(s.target(t, target), f)
		if err != nil {
			t.Fatal(err)
		}
		vars, err := variables.Vars(db)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{}
		for _, v := range vars {
			switch v.Name {
			case "POSTGRESQL_ADDRESS", "POSTGRESQL_SLAVE_ADDRESSES", "POSTGRESQL_SLAVE_ADDRESSES_EXT", "POSTGRESQL_USERNAME", "POSTGRESQL_DATABASE":
				values[strings.TrimPrefix(v.Name, "POSTGRESQL_")] = v.Value
			}
		}
		return values
	}
	for _, tt := range []struct {
		target string
		f      future
		want   map[string]string
	}{
		{"shop/postgresql", f, map[string]string{"ADDRESS": "10.0.0.21", "SLAVE_ADDRESSES": "10.0.0.22,198.51.100.21",
			"SLAVE_ADDRESSES_EXT": "203.0.113.22,198.51.100.21", "USERNAME": "shop", "DATABASE": "shop"}},
		{"eu/postgresql", f, map[string]string{"ADDRESS": "10.0.0.21", "SLAVE_ADDRESSES": "", "SLAVE_ADDRESSES_EXT": "", "USERNAME": "shop", "DATABASE": "shop"}},
		{"eu/postgresql", future{primary: &db1}, map[string]string{"ADDRESS": "10.0.0.21", "SLAVE_ADDRESSES": "", "SLAVE_ADDRESSES_EXT": "", "USERNAME": "eu", "DATABASE": "eu"}},
		{"shop/postgresql", future{primary: &db2, serving: []replication.Node{db1}}, map[string]string{"ADDRESS": "10.0.0.22",
			"SLAVE_ADDRESSES": "10.0.0.21", "SLAVE_ADDRESSES_EXT": "203.0.113.21", "USERNAME": "shop", "DATABASE": "shop"}},
	} {
		if diff := cmp.Diff(tt.want, got(tt.target, tt.f)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.target, diff)
		}
	}
	if _, err := g.describe(s.target(t, "shop/postgresql"), future{}); err == nil {
		t.Error("variables without a primary")
	}
}

func TestPushCommands(t *testing.T) {
	p := &push{}
	for i := range 8 {
		p.servers = append(p.servers, envpush.Server{Runner: mute{"web" + string(rune('1'+i))}, File: "/etc/shop.env", Apply: "reload"})
		look := envpush.Look{Changes: []envfile.Change{{Name: "X_PASSWORD", New: "s3cret"}}}
		switch i {
		case 6:
			look = envpush.Look{}
		case 7:
			look = envpush.Look{Owed: true}
		}
		p.looks = append(p.looks, look)
	}
	want := []string{
		"web1, web2, web3, web4, web5 and 1 more: /etc/shop.env", "  X_PASSWORD=********", "  then: reload",
		"web8: /etc/shop.env", "  then: reload",
	}
	if diff := cmp.Diff(want, p.commands()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
