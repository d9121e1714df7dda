package ops

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	primary = replication.Facts{Installed: true, Running: true, Writable: true, Version: "15.4"}
	replica = replication.Facts{Installed: true, Running: true, Replica: true, Version: "15.4", Follows: "10.0.0.21:5432"}
	down    = replication.Facts{Err: &remote.UnreachableError{Server: "db1", Err: errors.New("refused")}}
)

func labels(nodes []replication.Node) string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Label)
	}
	return strings.Join(out, " ")
}

// A group has the source's servers first, and those of the databases that replicate it.
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
	if err != nil || labels(nodes) != "db3 db2 eu/db1" || labels(g.nodes) != "db1 db2 eu/db1 db3" {
		t.Errorf("named: %s among %s, %v", labels(nodes), labels(g.nodes), err)
	}
	if _, err := s.named(g, []string{"eu/web1"}); err == nil {
		t.Error("a server of another app that replicates nothing was taken")
	}
}

// A server that merely takes writes is no primary while one that stands before it does not answer.
func TestDoubt(t *testing.T) {
	s := given(t, shop)
	for name, tt := range map[string]struct {
		db1, db2, eu replication.Facts
		doubt        bool
	}{
		"all answer":                                  {primary, replica, replica, false},
		"the first is silent, nobody follows":         {down, primary, primary, true},
		"the first is silent, one follows the second": {down, primary, replica, false},
		"the second is silent":                        {primary, down, primary, false},
		"all are silent":                              {down, down, down, true},
	} {
		s.facts = map[string]replication.Facts{"shop/db1": tt.db1, "shop/db2": tt.db2, "eu/db1": tt.eu}
		g := s.of(t, "shop/postgresql")
		facts := g.inspect(t.Context(), replication.Glance)
		if err := unreachable(g.topology(facts), facts); (err != nil) != tt.doubt {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What was shown is what runs: a server that changed between the two looks refuses the run.
func TestStale(t *testing.T) {
	for name, change := range map[string]func(*replication.Facts){
		"the server":   func(f *replication.Facts) { f.Err = errors.New("gone") },
		"running":      func(f *replication.Facts) { f.Running = false },
		"writable":     func(f *replication.Facts) { f.Writable = true },
		"replica":      func(f *replication.Facts) { f.Replica = true },
		"version":      func(f *replication.Facts) { f.Version = "17.1" },
		"follows":      func(f *replication.Facts) { f.Follows = "10.0.0.99:5432" },
		"identity":     func(f *replication.Facts) { f.Identity = "another" },
		"installed":    func(f *replication.Facts) { f.Installed = false },
		"not position": func(f *replication.Facts) { f.Position = "0/9" },
	} {
		s := given(t, shop)
		s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica}
		s.facts["shop/db3"] = replication.Facts{Installed: true, Running: true, Version: "15.4"}
		s.now = func(key string, f replication.Facts, asked int) replication.Facts {
			if key == "shop/db3" && asked > 1 {
				change(&f)
			}
			return f
		}
		_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db3"}})
		var refused *Refused
		if name == "not position" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if text, _ := os.ReadFile(s.Inventory.Path); string(text) != shop {
			t.Errorf("%s: belt.yaml was changed", name)
		}
	}
}

// A refusal that comes from another run at work says so.
func TestHeld(t *testing.T) {
	s := given(t, shop)
	s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica}
	s.held = &lock.HeldError{Server: "db1"}
	_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db1"}})
	var held *lock.HeldError
	if !errors.As(err, &held) {
		t.Errorf("%v", err)
	}
	s.held = nil
	if _, err = Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db1"}}); errors.As(err, &held) {
		t.Errorf("%v", err)
	}
}

// What belt.yaml says after each command.
func TestEdits(t *testing.T) {
	for name, tt := range map[string]struct {
		run   func(*scene) error
		kept  []replication.KeptData // on db2
		lines []string
	}{
		"enable adds the member": {func(s *scene) error {
			_, err := Enable(t.Context(), s.Session, EnableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db3"}})
			return err
		}, nil, []string{"servers: [db1, db2, db3]", "source: shop/postgresql"}},
		"disable takes it out": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db2"}})
			return err
		}, nil, []string{"{servers: [db1], credentials", "source: shop/postgresql"}},
		"disable without names is for the target's own": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql"})
			return err
		}, nil, []string{"{servers: [db1], credentials", "source: shop/postgresql"}},
		"disable between apps clears the source": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "eu/postgresql"})
			return err
		}, nil, []string{"servers: [db1, db2]", "postgresql: {servers: [db1], credentials: {username: eu"}},
		"disable of another app's replica by its full name": {func(s *scene) error {
			_, err := Disable(t.Context(), s.Session, DisableOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"eu/db1"}})
			return err
		}, nil, []string{"servers: [db1, db2]", "postgresql: {servers: [db1], credentials: {username: eu"}},
		"undo of an enable takes the member out": {func(s *scene) error {
			_, err := Undo(t.Context(), s.Session, UndoOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db2"}})
			return err
		}, []replication.KeptData{{Replica: true}, {Replica: false}}, []string{"{servers: [db1], credentials"}},
		"undo of a resync leaves it in": {func(s *scene) error {
			_, err := Undo(t.Context(), s.Session, UndoOptions{Change: Change{Yes: true}, Target: "shop/postgresql", Replicas: []string{"db2"}})
			return err
		}, []replication.KeptData{{Replica: false}, {Replica: true}}, []string{"servers: [db1, db2]"}},
	} {
		s := given(t, shop)
		s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica, "shop/db3": {Installed: true, Running: true}}
		f := s.facts["shop/db2"]
		f.Kept = tt.kept
		s.facts["shop/db2"] = f
		if err := tt.run(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := os.ReadFile(s.Inventory.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range tt.lines {
			if !strings.Contains(string(text), line) {
				t.Errorf("%s: no %q in\n%s", name, line, text)
			}
		}
	}
}

// A belt.yaml that cannot be written does not keep the databases: what to write is said.
func TestReadOnlyInventory(t *testing.T) {
	s := given(t, shop)
	g := s.of(t, "shop/postgresql")
	nodes, err := s.named(g, []string{"db3"})
	if err != nil {
		t.Fatal(err)
	}
	c := change{group: g, targets: nodes, joins: true}
	f := future{replicas: nodes}
	step, note := s.inventoryStep(c, f)
	if step == nil || note != "" {
		t.Fatalf("%v, %q", step, note)
	}
	if err := os.Remove(s.Inventory.Path); err != nil {
		t.Fatal(err)
	}
	if err := step.Do(t.Context(), nil); err != nil {
		t.Errorf("the step failed: %v", err)
	}
	if all := strings.Join(s.notes, "\n"); !strings.Contains(all, "by hand") || !strings.Contains(all, "[db1, db2, db3]") {
		t.Errorf("told: %q", all)
	}
	if step, note = s.inventoryStep(c, f); step != nil || !strings.Contains(note, "by hand") {
		t.Errorf("%v, %q", step, note)
	}
}

// The undo of the edit leaves what somebody else wrote in the meantime.
func TestPutBack(t *testing.T) {
	path := t.TempDir() + "/belt.yaml"
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write("ours")
	if err := putBack(path, []byte("first"), []byte("ours")); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if string(text) != "first" || info.Mode().Perm() != 0o640 {
		t.Errorf("%s, %v", text, info.Mode())
	}
	write("theirs")
	if err := putBack(path, []byte("first"), []byte("ours")); err == nil {
		t.Error("another's text was replaced")
	}
	if err := putBack(path, nil, nil); err != nil {
		t.Errorf("what was never written: %v", err)
	}
}

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

// Two hundred servers with the same changes are one line, and secrets are none.
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

func TestWait(t *testing.T) {
	s := given(t, shop)
	stopped := replica
	stopped.Running = false
	s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": stopped, "eu/db1": replica}
	s.now = func(key string, f replication.Facts, asked int) replication.Facts {
		if key == "shop/db2" && asked > 2 {
			return replica
		}
		return f
	}
	o := WaitOptions{Target: "shop/postgresql", Every: time.Millisecond}
	if doc, err := Wait(t.Context(), s.Session, o); err != nil || len(doc.Databases[0].Replicas) != 2 {
		t.Errorf("%v, %+v", err, doc)
	}
	s.now = nil
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := Wait(ctx, s.Session, o)
	var unhealthy *Unhealthy
	if !errors.As(err, &unhealthy) || !strings.Contains(err.Error(), "db2 is stopped") {
		t.Errorf("%v", err)
	}
	// What waiting cannot mend ends it at once.
	s.facts["shop/db1"] = replication.Facts{Err: &remote.HostKeyError{Server: "db1"}}
	_, err = Wait(t.Context(), s.Session, o)
	var key *remote.HostKeyError
	if !errors.As(err, &key) {
		t.Errorf("%v", err)
	}
}

func TestBehind(t *testing.T) {
	number := func(n float64) *float64 { return &n }
	zero, some := int64(0), int64(5)
	for name, tt := range map[string]struct {
		r    ReplicaStatus
		most time.Duration
		ok   bool
	}{
		"at the end":        {ReplicaStatus{State: replication.Streaming, LagSeconds: number(0), LagBytes: &zero}, 0, true},
		"a little behind":   {ReplicaStatus{State: replication.Streaming, LagSeconds: number(0.3), LagBytes: &some}, 0, false},
		"near enough":       {ReplicaStatus{State: replication.CatchingUp, LagSeconds: number(3), LagBytes: &some}, 5 * time.Second, true},
		"stopped":           {ReplicaStatus{State: replication.Stopped}, time.Hour, false},
		"broken, lag known": {ReplicaStatus{State: replication.Broken, LagSeconds: number(0), LagBytes: &zero}, time.Hour, false},
		"unknown":           {ReplicaStatus{State: replication.Streaming}, time.Hour, false},
	} {
		d := DatabaseStatus{Primary: &PrimaryStatus{}, Replicas: []ReplicaStatus{tt.r}}
		if got := d.behind(tt.most); (got == "") != tt.ok {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A comparison that breaks off is neither equal nor a difference.
func TestVerifyBreaksOff(t *testing.T) {
	s := given(t, shop)
	s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica}
	doc, err := Verify(t.Context(), s.Session, VerifyOptions{Target: "shop/postgresql", Replicas: []string{"db2"}})
	if err == nil || doc.Equal || len(doc.Replicas) != 1 || doc.Replicas[0].Equal || doc.Replicas[0].Error == "" {
		t.Errorf("%v, %+v", err, doc)
	}
	var unhealthy *Unhealthy
	if errors.As(err, &unhealthy) {
		t.Error("it is told as a difference")
	}
}

// The same server under two names, and databases that do not fit, are refused before any server is contacted.
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
	if _, err := s.group(inventory.Target(s.target(t, "a/sessions"))); err == nil {
		t.Error("an engine that this belt does not have")
	}
}
