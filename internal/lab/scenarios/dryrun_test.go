//go:build lab

package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// --dry-run changes no byte on any server.

func TestDryRunChangesNothing(t *testing.T) {
	w := newWorld(t, 20)
	w.db2, w.web1 = w.Server("shop", "db2"), w.Server("shop", "web1")
	servers := w.Servers()
	unchanged := func(t *testing.T, args ...string) labtest.Plan {
		t.Helper()
		inventory, before := w.readsInventory(), labtest.StateOf(t, servers...)
		p := w.belt.Plan(t, 0, args...)
		before.Unchanged(t, labtest.StateOf(t, servers...))
		if w.readsInventory() != inventory {
			t.Errorf("belt.yaml was changed")
		}
		if len(p.Steps) == 0 || p.Command == "" {
			t.Errorf("a plan without steps: %s", p.Ended)
		}
		for _, s := range p.Steps {
			if s.ID == "" || s.Title == "" || s.Undo == "" {
				t.Errorf("step %+v", s)
			}
		}
		if strings.Contains(p.Ended.Stdout+p.Ended.Stderr, lab.Password) {
			t.Errorf("the plan has a secret: %s", p.Ended)
		}
		return p
	}
	p := unchanged(t, "db", "replicate", "enable", shop, "--replica", "db2")
	if p.Estimate.Bytes < 20_000_000 || p.Estimate.Seconds <= 0 || p.Estimate.PrimaryUnavailableSeconds != 0 || len(p.Checks) == 0 {
		t.Errorf("%s", p.Ended)
	}
	if !w.Ways().OneApp {
		unchanged(t, "db", "replicate", "enable", shopEU, "--from", shop)
	}
	unchanged(t, "env", "push", "shop")
	w.enable("--replica", "db2")
	if done := stepsOf(w.belt.Run(t, "log", shop, "-o", "json")); done {
		t.Errorf("the log has a dry run")
	}
	unchanged(t, "db", "replicate", "disable", shop)
	unchanged(t, "db", "replicate", "resync", shop, "--method", "full")
	unchanged(t, "db", "replicate", "undo", shop, "--replica", "db2")
	unchanged(t, "db", "replicate", "cleanup", shop)
	labtest.Systemctl(t, w.db2, "stop")
	unchanged(t, "db", "replicate", "resync", shop)
	labtest.Systemctl(t, w.db2, "start")

	// So do the commands that only look.
	before := labtest.StateOf(t, servers...)
	for _, args := range [][]string{
		{"check"}, {"db", "status"}, {"db", "replicate", "verify", shop}, {"db", "replicate", "wait", shop},
		{"env", "show", "shop"}, {"env", "diff", "shop"}, {"env", "history", "shop"}, {"log"},
	} {
		if ended := w.belt.Run(t, args...); !slices.Contains([]int{0, 6}, ended.Code) {
			t.Errorf("%s", ended)
		}
	}
	before.Unchanged(t, labtest.StateOf(t, servers...))
}

// stepsOf tells whether the log has a run that was only planned.
func stepsOf(ended labtest.Ended) bool { return strings.Contains(ended.Stdout, "--dry-run") }
