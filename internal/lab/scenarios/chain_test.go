//go:build lab

package scenarios

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// What every change runs of crashes: one enable and one disable that are killed at each of their steps, and in the midst of
// the long ones, where each run takes up what the one before left. make faults kills each of many runs once, and finishes it
// in both ways.
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
	w.parted(primaryBefore)
	w.follows(shop)
	w.sameVariables()
	if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused != 0 {
		t.Errorf("writes were refused: %s", writes)
	}
}

// killedThrough runs the command again and again, kills it at the begin of the next step each time, and runs it to its end
// at last. What a killed run had begun goes on for a moment on the servers, so the next run may find a step done.
func (w *world) killedThrough(command ...string) {
	w.t.Helper()
	steps := w.belt.Plan(w.t, 0, command...).StepIDs()
	kills := 0
	for next := 0; next < len(steps); next++ {
		at := w.crashFrom(steps[next:], 0, command...)
		if at < 0 {
			break
		}
		if next += at; slices.Contains(w.LongSteps(), steps[next]) {
			w.crashFrom(steps[next:], 300*time.Millisecond, command...)
		}
		if kills++; kills%4 == 2 { // status takes its time; not every step
			w.tellsOfCrash(crashPoint{step: steps[next], kind: "started"})
		}
	}
	if kills < len(steps)/2 {
		w.t.Errorf("killed at %d of %d steps only: %q", kills, len(steps), steps)
	}
	w.belt.Do(w.t, 0, command...)
}

// crashFrom kills the command some time after the first of the steps begins, and returns which it was; -1 where none began
// and the command came to its end.
func (w *world) crashFrom(steps []string, after time.Duration, command ...string) int {
	w.t.Helper()
	at := -1
	process := w.belt.StartHooked(w.t, func(process *labtest.Process, e labtest.Event) {
		if i := slices.Index(steps, e.Step); i >= 0 && e.Kind == "started" && at < 0 {
			at = i
			time.Sleep(after)
			process.Signal(os.Kill)
		}
	}, append(command, "-o", "json", "--yes")...)
	if ended := process.Wait(); ended.Code != -1 && ended.Code != 0 || at < 0 && ended.Code == -1 {
		w.t.Fatalf("%s", ended)
	}
	return at
}

// sameVariables fails the test unless the app servers have the variables that fit the databases.
func (w *world) sameVariables() {
	w.t.Helper()
	w.belt.Run(w.t, "env", "diff", "shop").Want(w.t, 0)
}
