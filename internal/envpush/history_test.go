package envpush

import (
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/google/go-cmp/cmp"
)

func TestHistory(t *testing.T) {
	a, b := newHost(t, "web1"), newHost(t, "web2")
	p := &Pusher{Who: "ann", Host: "desk", Command: "env push shop"}
	push := func(hosts []*host, vars ...variables.Var) {
		t.Helper()
		var servers []Server
		for _, h := range hosts {
			servers = append(servers, h.server(vars...))
		}
		for _, r := range p.Push(t.Context(), servers) {
			if r.Err != nil || r.Note != "" {
				t.Fatal(r)
			}
		}
	}
	password := variables.Var{Name: "POSTGRESQL_PASSWORD", Value: "s3cret"}
	url := variables.Var{Name: "POSTGRESQL_URL", Value: "postgresql://u:s3cret@10.0.0.21:5432/d"}
	push([]*host{a, b}, address, password)
	push([]*host{a, b}, address, password) // changes nothing: no generation
	push([]*host{b}, address, password, url)
	push([]*host{a, b}, address, password, url)

	past, errs := p.History(t.Context(), "shop", []remote.Runner{a, b})
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	type row struct {
		Generation   int
		By, Command  string
		Servers      string
		Names, Value string
	}
	var got []row
	for _, one := range past {
		var names []string
		for _, c := range one.Changes {
			names = append(names, c.Name)
		}
		got = append(got, row{one.Generation, one.Who + "@" + one.Host, one.Command, strings.Join(one.Servers, " "),
			strings.Join(names, " "), one.Changes[len(one.Changes)-1].New})
		if one.Time.IsZero() || one.File != file {
			t.Errorf("%+v", one)
		}
	}
	want := []row{
		{1, "ann@desk", "env push shop", "web1 web2", "POSTGRESQL_ADDRESS POSTGRESQL_PASSWORD", "********"},
		{2, "ann@desk", "env push shop", "web2", "POSTGRESQL_URL", "postgresql://u:********@10.0.0.21:5432/d"},
		{3, "ann@desk", "env push shop", "web1", "POSTGRESQL_URL", "postgresql://u:********@10.0.0.21:5432/d"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(b.read(t, DefaultDir+"/env.jsonl"), "s3cret") {
		t.Error("the history has a secret")
	}
	if info, err := os.Stat(b.path(DefaultDir + "/env.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if past, _ := p.History(t.Context(), "other", []remote.Runner{a, b}); len(past) > 0 {
		t.Errorf("of another app: %v", past)
	}
}

// The history is bounded, and neither a torn line nor one that cannot be written does harm.
func TestHistoryBounds(t *testing.T) {
	h := newHost(t, "web1")
	if err := os.MkdirAll(h.path(DefaultDir), 0o700); err != nil {
		t.Fatal(err)
	}
	line := `{"generation":41,"run":"x","app":"shop","changes":[{"name":"A","kind":"added"}]}` + "\n"
	h.write(t, DefaultDir+"/env.jsonl", strings.Repeat(line, (limit+len(line))/len(line))+`{"generation":`)
	mustPush(t, h.server(address))
	text := h.read(t, DefaultDir+"/env.jsonl")
	if len(text) > limit*3/4 || len(text) < limit/4 {
		t.Errorf("%d bytes are left", len(text))
	}
	past, _ := new(Pusher).History(t.Context(), "shop", []remote.Runner{h})
	if n := len(past); n == 0 || past[n-1].Generation != 42 {
		t.Errorf("%d generations; the newest: %+v", n, past[n-1])
	}

	if err := os.RemoveAll(h.path(DefaultDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(h.path("/var/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	h.write(t, "/var/lib/belt", "in the way")
	r := one(t, new(Pusher).Push(t.Context(), []Server{h.server(variables.Var{Name: "B", Value: "2"})}))
	if r.Err != nil || !r.Changed || !strings.Contains(r.Note, "was not written") {
		t.Errorf("%+v", r)
	}
	if file, _ := envfile.Parse(envfile.Dotenv, []byte(h.read(t, file))); file.Map()["B"] != "2" {
		t.Error("the variable is not there")
	}
}
