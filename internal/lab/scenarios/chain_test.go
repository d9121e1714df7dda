//go:build lab

package scenarios

import (
	"testing"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// What every change runs of crashes: one enable and one disable that are killed at the begin and at the end of each of their
// steps, where each run takes up what the one before left. make faults kills each of many runs once, and finishes it in both
// ways.
func TestKilledAtEveryStep(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	primaryBefore := labtest.StateOf(t, w.db1)

	writer := w.writer()
	w.killedThrough("db", "replicate", "enable", shop, "--replica", "db2")
	w.follows(shop, "db2")
	w.sameVariables()
	w.proven(writer, w.db2)

	writer = w.writer()
	w.killedThrough("db", "replicate", "disable", shop, "--replica", "db2")
	w.standsAlone(w.db2)
	primaryBefore.Unchanged(t, labtest.StateOf(t, w.db1), labtest.Journal)
	w.follows(shop)
	w.sameVariables()
	if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused != 0 {
		t.Errorf("writes were refused: %s", writes)
	}
}

// killedThrough runs the command again and again, kills it at the next point each time, and runs it to its end at last.
func (w *world) killedThrough(command ...string) {
	w.t.Helper()
	points := crashPoints(w.belt.Plan(w.t, 0, command...))
	for i, p := range points {
		if !w.crash(p, command...) {
			w.t.Fatalf("never %s", p)
		}
		if i%4 == 1 { // status takes its time; the ends of every second step will do
			w.tellsOfCrash(p)
		}
	}
	w.belt.Do(w.t, 0, command...)
}

// sameVariables fails the test unless the app servers have the variables that fit the databases.
func (w *world) sameVariables() {
	w.t.Helper()
	w.belt.Run(w.t, "env", "diff", "shop").Want(w.t, 0)
}
