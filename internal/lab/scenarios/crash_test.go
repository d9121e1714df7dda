//go:build lab

package scenarios

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// kill -9 of belt at every step: the same command finishes, or disable cleans up. In between, status tells.

// crashPoint is where belt is killed: when a step begins, some time after, or when it is done.
type crashPoint struct {
	step, kind string
	after      time.Duration
}

func (p crashPoint) String() string {
	if p.after > 0 {
		return fmt.Sprintf("%s %s %s ago", p.step, p.kind, p.after)
	}
	return p.step + " " + p.kind
}

// crashPoints are two for every step of the command's plan.
func crashPoints(p labtest.Plan) []crashPoint {
	var points []crashPoint
	for _, s := range p.Steps {
		points = append(points, crashPoint{step: s.ID, kind: "started"}, crashPoint{step: s.ID, kind: "done"})
	}
	return points
}

// fewer keeps one point for each step, at its begin and at its end in turn; BELT_LAB_ALL=1 keeps both, which takes twice
// as long.
func fewer(points []crashPoint) []crashPoint {
	if os.Getenv("BELT_LAB_ALL") != "" {
		return points
	}
	var kept []crashPoint
	for i, p := range points {
		if i%4 == 0 || i%4 == 3 {
			kept = append(kept, p)
		}
	}
	return kept
}

// crash runs the command and kills it at the point. It tells whether the point was reached: a step that is found done
// never starts.
func (w *world) crash(p crashPoint, args ...string) bool {
	w.t.Helper()
	reached := false
	process := w.belt.StartHooked(w.t, func(process *labtest.Process, e labtest.Event) {
		if e.Step == p.step && e.Kind == p.kind {
			reached = true
			time.Sleep(p.after)
			process.Signal(os.Kill)
		}
	}, append(args, "-o", "json", "--yes")...)
	ended := process.Wait()
	if reached != (ended.Code == -1) || !reached && ended.Code != 0 {
		w.t.Fatalf("%s: %s", p, ended)
	}
	return reached
}

func TestEnableKilledAtEveryStep(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	w.GiveEveryStepWork(t, w.db1)
	enable := []string{"db", "replicate", "enable", shop, "--replica", "db2"}
	disable := []string{"db", "replicate", "disable", shop, "--replica", "db2"}
	primaryBefore := labtest.StateOf(t, w.db1)
	plan := w.belt.Plan(t, 0, enable...)
	points := crashPoints(plan)
	if len(points) < 20 {
		t.Fatalf("only %d points: %q", len(points), plan.StepIDs())
	}
	points = fewer(points)
	// What a killed run had begun goes on for a moment on the servers, beside the next run.
	for _, step := range w.LongSteps() {
		after := []time.Duration{150 * time.Millisecond, 600 * time.Millisecond}[len(points)%2]
		points = append(points, crashPoint{step, "started", after})
	}
	for i, p := range points {
		finish := i%4 == 0 || i%4 == 3 // in turn by steps, not by kinds
		then := "disable"
		if finish {
			then = "again"
		}
		t.Run(fmt.Sprintf("%s, %s", p, then), func(t *testing.T) {
			w := w.on(t)
			writer := w.writer()
			if !w.crash(p, enable...) {
				t.Fatalf("never %s", p)
			}
			if p.after == 0 {
				w.tellsOfCrash(p)
			}
			if finish {
				w.belt.Do(t, 0, enable...)
				w.follows(shop, "db2")
				w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": w.db2.Internal.String()})
				w.proven(writer, w.db2)
			}
			w.belt.Do(t, 0, disable...)
			w.standsAlone(w.db2)
			changed, _ := w.Parted(t, w.db1) // a run that was killed early has changed no options
			primaryBefore.Unchanged(t, labtest.StateOf(t, w.db1), append(changed, labtest.Journal)...)
			w.follows(shop)
			w.variables(w.web1, slavesIfAny(labtest.Env(t, w.web1)))
			if !finish {
				if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused != 0 {
					t.Errorf("writes were refused: %s", writes)
				}
				w.servesSomething(w.db2)
			}
		})
	}
	w.belt.Do(t, 0, "db", "replicate", "cleanup", shop, "--replica", "db2")
	if kept := w.Kept(t, w.db2); len(kept) > 0 {
		t.Errorf("cleanup left %q", kept)
	}
}

// slavesIfAny is what the app server has to read with no replica: an empty list, or no file yet.
func slavesIfAny(env map[string]string) map[string]string {
	v := labtest.KitOf(labtest.Engine()).Variables()
	_, replicas := env[v.Prefix+"_SLAVE_ADDRESSES"]
	_, members := env[v.Prefix+"_ADDRESSES"]
	if !replicas && !members {
		return map[string]string{}
	}
	return map[string]string{"SLAVE_ADDRESSES": ""}
}

// tellsOfCrash fails the test unless status names what a killed enable left: the replica, or left-overs with the command
// that removes them. Where it was killed before its first or after its last change there is nothing to tell.
func (w *world) tellsOfCrash(p crashPoint) {
	w.t.Helper()
	left := w.Left(w.t, w.db1)
	s := w.belt.Status(w.t, shop)
	d := s.Database(w.t, shop)
	if len(left) > 0 && d.Replica("db2") == nil && len(d.Leftovers) == 0 && len(d.Problems) == 0 {
		w.t.Errorf("killed at %s: db1 has %q, and status says nothing: %s", p, left, s.Ended)
	}
	for _, l := range d.Leftovers {
		if l.Fix == "" || l.Server == "" {
			w.t.Errorf("killed at %s: no way to remove %+v", p, l)
		}
	}
}

// servesSomething fails the test unless the server serves its own old data, or a copy of the primary's.
func (w *world) servesSomething(server *lab.Server) {
	w.t.Helper()
	if !w.HasOwnData(w.t, server) && !w.Filled(w.t, server) {
		w.t.Errorf("%s serves neither its old data nor the primary's", server)
	}
}

func TestDisableKilled(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	primaryBefore := labtest.StateOf(t, w.db1)
	disable := []string{"db", "replicate", "disable", shop, "--replica", "db2"}
	w.enable("--replica", "db2")
	points := crashPoints(w.belt.Plan(t, 0, disable...))
	for i, p := range points {
		t.Run(p.String(), func(t *testing.T) {
			w := w.on(t)
			writer := w.writer()
			if !w.crash(p, disable...) {
				t.Fatalf("never %s", p)
			}
			w.tellsOfCrash(p)
			w.belt.Do(t, 0, disable...)
			w.standsAlone(w.db2)
			w.parted(primaryBefore)
			w.follows(shop)
			w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": ""})
			if !w.Filled(t, w.db2) {
				t.Error("its data is gone")
			}
			if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused != 0 {
				t.Errorf("writes were refused: %s", writes)
			}
			if i+1 < len(points) {
				w.enable("--replica", "db2")
			}
		})
	}
}
