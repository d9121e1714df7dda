package lab

import (
	"strings"
	"testing"
)

func TestSpecValidate(t *testing.T) {
	good := Standard(PostgreSQL, "demo", "bookworm", "")
	with := func(change func(*Spec)) Spec {
		spec := good
		spec.Servers = append([]ServerSpec(nil), good.Servers...)
		change(&spec)
		return spec
	}
	for _, test := range []struct {
		name string
		spec Spec
		want string
	}{
		{"standard", good, ""},
		{"every suite", with(func(s *Spec) { s.Suite = "sid" }), ""},
		{"no name", with(func(s *Spec) { s.Name = "" }), `lab name ""`},
		{"a name that Docker refuses", with(func(s *Spec) { s.Name = "De mo" }), `lab name "De mo"`},
		{"unknown suite", with(func(s *Spec) { s.Suite = "buster" }), `suite "buster"`},
		{"no servers", with(func(s *Spec) { s.Servers = nil }), "0 servers"},
		{"unknown kind", with(func(s *Spec) { s.Servers[0].Kind = "mail" }), `server shop/web1: kind "mail"`},
		{"every engine", with(func(s *Spec) {
			s.Suite = "sid"
			for i, engine := range Engines() {
				s.Servers[i].Kind = engine
			}
		}), ""},
		{"an engine that the suite lacks", with(func(s *Spec) { s.Servers[2].Kind = MySQL }), "server shop/db1: no mysql in bookworm, only in [sid]"},
		{"a client that the suite lacks", with(func(s *Spec) { s.Servers[0].Client = Valkey }), "server shop/web1: no valkey in bookworm"},
		{"twice", with(func(s *Spec) { s.Servers[1] = s.Servers[0] }), "server shop/web1 is there twice"},
		{"same name in two apps", with(func(s *Spec) { s.Servers[1].App = "other" }), ""},
		{"bad server name", with(func(s *Spec) { s.Servers[0].Name = "web_1" }), `server "shop/web_1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.spec.validate()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestEveryEngineHasItsStandardLab(t *testing.T) {
	for _, engine := range Engines() {
		for _, suite := range engine.Suites() {
			if err := Standard(engine, "demo", suite, "").validate(); err != nil {
				t.Error(err)
			}
		}
		if parsed, err := ParseEngine(string(engine)); err != nil || parsed != engine {
			t.Errorf("%s: %s, %v", engine, parsed, err)
		}
		if engine.DefaultSuite() != engine.Suites()[0] || engine.DataDisk() == "" {
			t.Errorf("%s: suite %q, disk %q", engine, engine.DefaultSuite(), engine.DataDisk())
		}
	}
	for _, name := range []string{"", "web", "postgres"} {
		if _, err := ParseEngine(name); err == nil {
			t.Errorf("%q is an engine", name)
		}
	}
}
