package plan_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

// later makes a plan whose further steps are known only when a is done.
func later(w *world, more ...plan.Step) plan.Plan {
	p := planOf(w.step("a", ""))
	p.Then = func(context.Context) ([]plan.Step, error) {
		if !w.has("a") {
			return nil, errors.New("a is not there yet")
		}
		return more, nil
	}
	return p
}

func TestThenRunsAfterTheSteps(t *testing.T) {
	w, seen := newWorld(), &watch{}
	o := plan.Apply(t.Context(), later(w, w.step("b", "x"), w.step("c", "y"), w.step("d", "")), seen, plan.Options{})
	if o.Err != nil || !o.Changed {
		t.Fatalf("outcome %+v", o)
	}
	if d := cmp.Diff(map[string]plan.Status{"a": "done", "b": "done", "c": "done", "d": "done"}, statuses(o)); d != "" {
		t.Error(d)
	}
}

func TestThenIsUndoneWithTheSteps(t *testing.T) {
	w := newWorld()
	before := w.Snapshot()
	o := plan.Apply(t.Context(), later(w, w.step("b", ""), fail(w.step("c", ""))), nil, plan.Options{})
	if !errors.Is(o.Err, errBoom) || !o.RolledBack || o.Changed {
		t.Fatalf("outcome %+v", o)
	}
	if d := cmp.Diff([]string{"+a", "+b", "-c", "-b", "-a"}, w.log); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(before, w.Snapshot()); d != "" {
		t.Error(d)
	}
}

func TestThenThatCannotPlanUndoes(t *testing.T) {
	for name, p := range map[string]func(*world) plan.Plan{
		"an error":       func(w *world) plan.Plan { p := later(w); p.Then = failingThen; return p },
		"a step twice":   func(w *world) plan.Plan { return later(w, w.step("a", "")) },
		"an empty step":  func(w *world) plan.Plan { return later(w, plan.Step{ID: "b", Title: "b"}) },
		"a panic inside": func(w *world) plan.Plan { p := later(w); p.Then = panickingThen; return p },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			o := plan.Apply(t.Context(), p(w), nil, plan.Options{})
			if o.Err == nil || !o.RolledBack || w.has("a") {
				t.Errorf("outcome %+v, world %v", o, w.Snapshot())
			}
		})
	}
}

func failingThen(context.Context) ([]plan.Step, error)   { return nil, errBoom }
func panickingThen(context.Context) ([]plan.Step, error) { panic("boom") }

func TestThenIsNotPlannedAfterAFailure(t *testing.T) {
	w := newWorld()
	p := planOf(fail(w.step("a", "")))
	p.Then = func(context.Context) ([]plan.Step, error) { t.Error("planned"); return nil, nil }
	if o := plan.Apply(t.Context(), p, nil, plan.Options{}); !errors.Is(o.Err, errBoom) {
		t.Errorf("outcome %+v", o)
	}
}
