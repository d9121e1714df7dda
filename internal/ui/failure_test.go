package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

func TestFailureText(t *testing.T) {
	boom := &plan.StepError{Server: "db2", Title: "copy the data from db1", Err: hinted{"no space left on device", "make room on db2, then run the command again"}}
	stuck := &plan.RollbackError{Cause: boom, Undo: []error{errors.New("db1: slot is active")}}
	cases := []struct {
		name    string
		err     error
		outcome *plan.Outcome
	}{
		{"before a plan", fmt.Errorf("read: %w", hinted{"db2: cannot reach 10.0.0.22:22: connection refused", "is the server up?"}), nil},
		{"rolled back", traced{fmt.Errorf("enable: %w", boom), "/home/deploy/.local/state/belt/traces/20261122-100000-db-replicate-enable-shop-postgresql.log"}, &plan.Outcome{Err: boom, RolledBack: true}},
		{"left", stuck, &plan.Outcome{Err: stuck, Left: []string{"db1: create the replication slot: could not be undone (drop the slot): slot \"belt_db2\" is active for PID 4711"}}},
		{"detached", &plan.Detached{What: "db2: the copy goes on", Err: errors.New("connection lost")},
			&plan.Outcome{Detached: true, Left: []string{"db2: the copy goes on"}}},
		{"refused", &plan.RefusedError{Checks: []plan.Check{
			{Name: "disk", Server: "db2", Detail: "needs 2.1 GB, has 640 MB", Hint: "make room, or choose another folder with data_dir: in belt.yaml"},
			{Name: "version", Server: "db10", Detail: "PostgreSQL 13, db1 has 15"}}}, nil},
		{"many lines", errors.New("belt.yaml:3: unknown key \"sever\"\nbelt.yaml:9: duplicate key\x1b[2J"), nil},
	}
	var all strings.Builder
	for _, c := range cases {
		fmt.Fprintf(&all, "# %s\n%s\n", c.name, failure(style{unicode: true}, 80, c.err, c.outcome))
	}
	golden(t, "failures-80.txt", all.String())
}

// traced is an error that names its trace.
type traced struct {
	error
	file string
}

func (e traced) Unwrap() error { return e.error }
func (e traced) Trace() string { return e.file }

func TestFailureIsShownEvenWhenQuiet(t *testing.T) {
	var out, progress strings.Builder
	u := New(Options{Out: &out, Err: &progress, Quiet: true})
	u.Note("a note")
	u.Event(event(0, plan.Started, "db2 seed"))
	u.Failure(hinted{"boom", "mend it"}, nil)
	u.Close()
	if got := progress.String(); got != "x boom\n  next: mend it\n" || out.Len() > 0 {
		t.Errorf("stderr %q, stdout %q", got, out.String())
	}
}

func TestHints(t *testing.T) {
	one, two := hinted{"a", "do one"}, hinted{"b", "do two"}
	cases := []struct {
		err  error
		want []string
	}{
		{nil, nil},
		{errors.New("x"), nil},
		{fmt.Errorf("x: %w", one), []string{"do one"}},
		{errors.Join(one, fmt.Errorf("y: %w", two), one), []string{"do one", "do two"}},
		{&plan.RollbackError{Cause: one, Undo: []error{two}}, []string{"do one", "do two"}},
	}
	for _, c := range cases {
		if d := cmp.Diff(c.want, Hints(c.err)); d != "" {
			t.Errorf("%v: %s", c.err, d)
		}
	}
}
