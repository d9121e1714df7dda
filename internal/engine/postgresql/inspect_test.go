package postgresql

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/replication"
)

// said is the part of the facts that a state decides.
type said struct {
	Running, Writable, Replica bool
	Follows, Unfinished        string
	Kept                       int
	Control                    string
	Signal, NewFolder, Seeding bool
	Slot                       string // of db2, on a primary: "reserved, active"
	Role                       bool
	Rules                      int // those of Belt's
	Saved                      []string
	Survey                     bool
}

func saidBy(f replication.Facts) said {
	n := nativeOf(f)
	s := said{
		Running: f.Running, Writable: f.Writable, Replica: f.Replica, Follows: f.Follows, Unfinished: f.Unfinished, Kept: len(f.Kept),
		Control: n.Control, Signal: n.StandbySignal, NewFolder: n.NewFolder, Seeding: n.Seeding,
		Role: n.hasRole("belt_shop_db2"), Rules: len(n.HBA), Saved: sortedKeys(n.Saved), Survey: n.survey != nil,
	}
	if held, ok := n.slot("belt_shop_db2"); ok {
		s.Slot = held.Status
		if held.Active {
			s.Slot += ", active"
		}
	}
	return s
}

func TestFactsOfRealServers(t *testing.T) {
	capped := []string{"max_slot_wal_keep_size"}
	cases := map[string]said{
		"fresh/db1":        {Running: true, Writable: true, Control: "in production", Survey: true},
		"fresh/db2":        {Running: true, Writable: true, Control: "in production", Survey: true},
		"fresh-glance/db1": {Running: true, Writable: true, Control: "in production"},
		"seeding/db1":      {Running: true, Writable: true, Control: "in production", Slot: "reserved, active", Role: true, Rules: 2, Saved: capped, Survey: true},
		"seeding/db2":      {Running: true, Writable: true, Control: "in production", Unfinished: commandEnable, NewFolder: true, Seeding: true, Survey: true},
		"unfinished/db1":   {Running: true, Writable: true, Control: "in production", Slot: "reserved", Role: true, Rules: 2, Saved: capped, Survey: true},
		"unfinished/db2":   {Running: true, Writable: true, Control: "in production", Unfinished: commandEnable, NewFolder: true, Survey: true},
		"healthy/db1":      {Running: true, Writable: true, Control: "in production", Slot: "reserved, active", Role: true, Rules: 2, Saved: capped, Survey: true},
		"healthy/db2":      {Running: true, Replica: true, Follows: "10.0.0.21:5432", Kept: 1, Control: "in archive recovery", Signal: true, Role: true, Survey: true},
		"stopped/db1":      {Running: true, Writable: true, Control: "in production", Slot: "reserved", Role: true, Rules: 2, Saved: capped, Survey: true},
		"stopped/db2":      {Replica: true, Follows: "10.0.0.21:5432", Kept: 1, Control: "shut down in recovery", Signal: true, Survey: true},
		"lost/db1":         {Running: true, Writable: true, Control: "in production", Slot: "lost", Role: true, Rules: 2, Saved: capped, Survey: true},
		"lost/db2":         {Running: true, Replica: true, Follows: "10.0.0.21:5432", Kept: 1, Control: "in archive recovery", Signal: true, Role: true, Survey: true},
		"promoted/db1":     {Running: true, Writable: true, Control: "in production", Slot: "reserved", Role: true, Rules: 2, Saved: capped, Survey: true},
		"promoted/db2":     {Running: true, Writable: true, Kept: 2, Control: "in production", Role: true, Survey: true},
	}
	eachMajor(t, func(t *testing.T, major int) {
		for name, want := range cases {
			state, server, _ := strings.Cut(name, "/")
			f := captured(t, major, state, server)
			if d := cmp.Diff(want, saidBy(f)); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		}
	})
}

func TestFactsOfEveryServer(t *testing.T) {
	eachMajor(t, func(t *testing.T, major int) {
		for _, state := range []string{"fresh", "seeding", "unfinished", "healthy", "stopped", "lost", "promoted"} {
			for _, f := range pair(t, major, state) {
				n := nativeOf(f)
				data := fmt.Sprintf("/var/lib/postgresql/%d/main", major)
				want := place{
					Owner: "postgres", Version: major, Cluster: "main", Service: fmt.Sprintf("postgresql@%d-main.service", major),
					BinDir: fmt.Sprintf("/usr/lib/postgresql/%d/bin", major), DataDir: data,
					ConfigDir: fmt.Sprintf("/etc/postgresql/%d/main", major), SocketDir: "/var/run/postgresql", Port: 5432,
				}
				if d := cmp.Diff(want, n.place); d != "" {
					t.Errorf("%s/%s: place (-want +got):\n%s", state, f.Node.Server, d)
				}
				s := n.survey
				switch {
				case !strings.HasPrefix(f.Version, fmt.Sprint(major)):
					t.Errorf("%s/%s: version %q", state, f.Node.Server, f.Version)
				case f.Identity == "" || f.Host.MachineID == "" || f.Host.Memory < 1<<30 || f.Host.Clock < 1.7e9 || !f.Host.Systemd:
					t.Errorf("%s/%s: %+v", state, f.Node.Server, f)
				case f.Running && (f.Instance == "" || parseLSN(f.Position) == 0 || s.DataBytes < 20<<20 || n.oldestWAL() == 0):
					t.Errorf("%s/%s: %+v, %+v", state, f.Node.Server, f, s)
				case s.FreeBytes < 1<<20 || s.UsedBytes < 20<<20 || len(n.MissingTools) > 0:
					t.Errorf("%s/%s: %+v", state, f.Node.Server, s)
				case n.Settings["hba_file"].Value != fmt.Sprintf("/etc/postgresql/%d/main/pg_hba.conf", major):
					t.Errorf("%s/%s: hba_file %q", state, f.Node.Server, n.Settings["hba_file"].Value)
				case n.Settings["max_connections"].Value != "100":
					t.Errorf("%s/%s: max_connections %q", state, f.Node.Server, n.Settings["max_connections"].Value)
				}
			}
		}
	})
}

// TestTheFakeAnswersAsServersDo holds the world of pgtest to the form of what real servers said.
func TestTheFakeAnswersAsServersDo(t *testing.T) {
	s := newScene(t, 15, commandEnable, "db2")
	pairs := map[string]replication.Facts{"fresh/db1": {}, "fresh/db2": {}}
	for _, f := range s.facts(replication.Survey) {
		pairs["fresh/"+f.Node.Server] = f
	}
	s.do(commandEnable, replication.Options{})
	for _, f := range s.facts(replication.Survey) {
		pairs["healthy/"+f.Node.Server] = f
	}
	s.target().Stop()
	for _, f := range s.facts(replication.Survey) {
		pairs["stopped/"+f.Node.Server] = f
	}
	s.target().Start()
	s.target().Promote()
	for _, f := range s.facts(replication.Survey) {
		pairs["promoted/"+f.Node.Server] = f
	}
	for name, fake := range pairs {
		state, server, _ := strings.Cut(name, "/")
		real := captured(t, 15, state, server)
		want, got := saidBy(real), saidBy(fake)
		want.Kept = got.Kept // the captured pair was resynced before
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-real +fake):\n%s", name, d)
		}
		if d := cmp.Diff(nativeOf(real).place, nativeOf(fake).place); d != "" {
			t.Errorf("%s: place (-real +fake):\n%s", name, d)
		}
		for setting := range nativeOf(real).Settings {
			if _, ok := nativeOf(fake).Settings[setting]; !ok {
				t.Errorf("%s: the fake says nothing of %s", name, setting)
			}
		}
	}
}

func TestInspectFails(t *testing.T) {
	n := node("db1")
	ask := func(f *remotetest.Fake) error {
		n.Runner = remote.Guard(f)
		return New().Inspect(t.Context(), n, replication.Glance).Err
	}
	refused := &remote.UnreachableError{Server: "db1", Addr: "203.0.113.21", Err: errors.New("connection refused")}
	down := remotetest.NewFake(t, "db1")
	down.Title("inspect PostgreSQL").Fail(refused)
	if err := ask(down); !errors.Is(err, refused) {
		t.Errorf("unreachable: %v", err)
	}
	noise := remotetest.NewFake(t, "db1")
	noise.Title("inspect PostgreSQL").Stdout("Welcome!\n")
	if err := ask(noise); err == nil || !strings.Contains(err.Error(), "db1: ") {
		t.Errorf("noise: %v", err)
	}
	cut := remotetest.NewFake(t, "db1")
	cut.Title("inspect PostgreSQL").Stdout("hostname=shop-db1\njson={\"lsn\": \"0/30")
	if err := ask(cut); err == nil {
		t.Error("a cut answer passed")
	}
}

func TestInspectOtherAnswers(t *testing.T) {
	cases := map[string]struct {
		answer, problem           string
		installed, running, stops bool
	}{
		"nothing installed": {answer: "hostname=web1\n", problem: "PostgreSQL is not installed"},
		"only a client":     {answer: "hostname=web1\nclient=yes\n", problem: "PostgreSQL is not installed"},
		"another instance": {answer: "hostname=db1\nproblem=no PostgreSQL instance fits the inventory; there is: 15/main on port 5433\n",
			problem: "no PostgreSQL instance fits the inventory; there is: 15/main on port 5433"},
		"does not answer": {answer: "hostname=db1\ninstalled=yes\nversion=15\nsocket_dir=/tmp\nproblem=FATAL:  sorry, too many clients already\n",
			problem: "FATAL:  sorry, too many clients already", installed: true},
	}
	for name, c := range cases {
		var f replication.Facts
		if err := parseInspection(&f, c.answer, time.Now()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if f.Problem != c.problem || f.Installed != c.installed || f.Running != c.running || f.Writable {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestInspectPassesTheInventory(t *testing.T) {
	f := remotetest.NewFake(t, "db1")
	f.Title("inspect PostgreSQL").Stdout("hostname=db1\n")
	n := node("db1")
	n.Runner = f
	n.Settings = replication.Settings{Port: 5433, DataDir: "/srv/pg", ConfigDir: "/etc/pg", Service: "pg.service"}
	New().Inspect(t.Context(), n, replication.Survey)
	call := f.Calls()[0]
	if d := cmp.Diff([]string{"5433", "/srv/pg", "/etc/pg", "pg.service", "survey"}, call.Args); d != "" {
		t.Error(d)
	}
	if !call.ReadOnly || call.Input != inspectSQL {
		t.Errorf("read-only is %v, the input %.40q", call.ReadOnly, call.Input)
	}
}
