package lab

import (
	"strings"
	"testing"
)

func TestSpecValidate(t *testing.T) {
	good := Standard("demo", "bookworm", "")
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
