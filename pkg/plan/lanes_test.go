package plan_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

// meet returns a Do that makes the step's thing once n of them are at work at the same time.
func meet(n int) func(plan.Step) plan.Step {
	var wg sync.WaitGroup
	wg.Add(n)
	return func(s plan.Step) plan.Step {
		do := s.Do
		s.Do = func(ctx context.Context, r plan.Progress) error {
			wg.Done()
			wg.Wait()
			return do(ctx, r)
		}
		return s
	}
}

func TestLanesRunSideBySide(t *testing.T) {
	w, seen := newWorld(), &watch{}
	together := meet(3)
	o := plan.Apply(t.Context(), planOf(
		w.step("first", ""),
		together(w.step("x1", "x")), w.step("x2", "x"), together(w.step("y1", "y")), together(w.step("z1", "z")), w.step("y2", "y"),
		w.step("last", ""),
	), seen, plan.Options{})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	at := func(what string) int {
		i := slices.Index(w.log, what)
		if i < 0 {
			t.Fatalf("%s never happened: %v", what, w.log)
		}
		return i
	}
	if at("+first") != 0 || at("+last") != 6 || at("+x1") > at("+x2") || at("+y1") > at("+y2") {
		t.Errorf("order %v", w.log)
	}
	var ids []string
	for _, s := range o.Steps {
		ids = append(ids, s.ID)
	}
	if d := cmp.Diff([]string{"first", "x1", "x2", "y1", "z1", "y2", "last"}, ids); d != "" {
		t.Error(d)
	}
}

func TestLaneFailureStopsTheOthersAndUndoesAll(t *testing.T) {
	w, seen := newWorld(), &watch{}
	before := w.Snapshot()
	together := meet(2)
	waits := w.step("y1", "y")
	waits.Do = func(ctx context.Context, _ plan.Progress) error {
		w.put("y1 half")
		<-ctx.Done()
		return ctx.Err()
	}
	waits.Undo = plan.Undoable("remove the half", func(context.Context, plan.Progress) error { w.drop("y1 half"); return nil })
	bad := fail(w.step("x2", "x"))
	o := plan.Apply(t.Context(), planOf(w.step("a", ""), w.step("x1", "x"), together(bad), together(waits), w.step("y2", "y"), w.step("z", "")), seen, plan.Options{})
	if o.Err == nil || o.Err.Error() != "db1: make x2: boom" || !o.RolledBack || o.Interrupted {
		t.Fatalf("outcome %+v", o)
	}
	if d := cmp.Diff(before, w.Snapshot()); d != "" {
		t.Error(d)
	}
	if got := statuses(o); got["x2"] != plan.StatusFailed || got["x1"] != plan.StatusUndone || got["y1"] != plan.StatusFailed || got["y2"] != "" {
		t.Errorf("statuses %v", got)
	}
	for _, e := range seen.events {
		if e.Step == "y1" && e.Kind == plan.Failed && e.Err.Error() != "stopped, because another server failed" {
			t.Errorf("y1 failed with %v", e.Err)
		}
	}
}

func TestTwoLanesFailing(t *testing.T) {
	w := newWorld()
	errBang := errors.New("bang")
	together := meet(2)
	x, y := w.step("x", "x"), w.step("y", "y")
	x.Do = func(context.Context, plan.Progress) error { return errBoom }
	y.Do = func(context.Context, plan.Progress) error { return errBang }
	o := plan.Apply(t.Context(), planOf(together(x), together(y)), nil, plan.Options{})
	if !errors.Is(o.Err, errBoom) || !errors.Is(o.Err, errBang) || !o.RolledBack {
		t.Errorf("outcome %+v", o)
	}
}
