package ui

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; -update accepts it):\n%s", name, d)
	}
}

func examplePlan() plan.Plan {
	undo := func(text string) plan.Undo {
		return plan.Undoable(text, func(context.Context, plan.Progress) error { return nil })
	}
	return plan.Plan{
		Command: "db replicate enable", Target: "shop/postgresql",
		Estimate: plan.Estimate{Bytes: 1_234_567_890, Seconds: 42, PrimaryUnavailableSeconds: 3},
		Checks: []plan.Check{
			{Name: "reach", Server: "db1", OK: true}, {Name: "reach", Server: "db2", OK: true}, {Name: "version", OK: true},
			{Name: "clock", Server: "db2", Warning: true, Detail: "2.1 s behind db1"},
			{Name: "memory", Server: "db2", Skipped: true, Detail: "has 2 GB, db1 has 16 GB"},
		},
		Steps: []plan.Step{
			{ID: "restart", Server: "db1", Title: "restart PostgreSQL, so that wal_level takes effect",
				Commands: []string{"pg_ctlcluster 15 main restart"}, Disrupts: "db1 restarts: its clients are cut off for about 3 s",
				Undo: undo("put wal_level back and restart again")},
			{ID: "slot", Server: "db1", Title: "create the replication slot belt_db2",
				Commands: []string{"psql: SELECT pg_create_physical_replication_slot('belt_db2', true)"}, Undo: undo("drop the slot")},
			{ID: "seed", Server: "db2", Title: "copy the data from db1",
				Commands: []string{"pg_basebackup -d 'host=10.0.0.21 user=belt_db2 sslmode=prefer passfile=/etc/belt/…' \\\n  -D /var/lib/postgresql/15/main.new -X stream -c fast"},
				Undo:     undo("delete the copy")},
			{ID: "discard", Server: "db2", Title: "delete the old data", Destroys: "the 600 MB of data that db2 has now, which are not kept aside because --discard-old was given",
				Undo: plan.Permanent("what is deleted is gone")},
		},
		Notes: []string{"db2 has PostgreSQL 15.17, db1 has 15.18: install the same minor version soon"},
	}
}

func TestPlanText(t *testing.T) {
	v := examplePlan().View()
	golden(t, "plan-brief-80.txt", planText(style{unicode: true}, 80, v, false))
	golden(t, "plan-detail-80.txt", planText(style{unicode: true}, 80, v, true))
	golden(t, "plan-detail-pipe.txt", planText(style{}, 0, v, true))
	golden(t, "plan-empty.txt", planText(style{}, 0, plan.Plan{Command: "db replicate resync", Target: "shop/postgresql"}.View(), false))

	coloured := planText(style{color: true, unicode: true}, 80, v, false)
	for _, want := range []string{"\x1b[33mdb1 restarts: its clients are cut off for about 3 s\x1b[0m", "\x1b[31mdestroys: \x1b[0m", "\x1b[33mno way back: \x1b[0m"} {
		if !strings.Contains(coloured, want) {
			t.Errorf("%q is not in %q", want, coloured)
		}
	}
	for _, line := range splitLines(coloured) {
		if width(line) > 80 {
			t.Errorf("wider than the terminal: %q", line)
		}
	}
}

func TestQuietPlanIsShownOnlyWhenAsked(t *testing.T) {
	for _, ask := range []bool{true, false} {
		var shown strings.Builder
		u := New(Options{Out: &shown, Err: &shown, In: strings.NewReader("y\n"), InTTY: true, ErrTTY: true, Quiet: true})
		u.Plan(examplePlan().View())
		if ask {
			if yes, err := u.Confirm(t.Context(), "Go on?"); !yes || err != nil {
				t.Error(yes, err)
			}
		}
		u.Close()
		if got := strings.Contains(shown.String(), "delete the old data"); got != ask {
			t.Errorf("asked %v, shown %q", ask, shown.String())
		}
	}
}

func TestDryRunGoesToStdout(t *testing.T) {
	var out, progress strings.Builder
	u := New(Options{Out: &out, Err: &progress})
	if err := u.DryRun(examplePlan().View()); err != nil {
		t.Fatal(err)
	}
	u.Close()
	golden(t, "plan-detail-pipe.txt", out.String())
	if progress.Len() > 0 {
		t.Errorf("stderr: %q", progress.String())
	}
}
