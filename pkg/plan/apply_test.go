package plan_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

func TestApplyRunsInOrderAndTells(t *testing.T) {
	w, seen := newWorld(), &watch{}
	w.put("b")
	o := plan.Apply(t.Context(), planOf(w.step("a", ""), w.step("b", ""), w.step("c", "")), seen, plan.Options{})
	if o.Err != nil || !o.Changed || o.RolledBack || len(o.Left) > 0 {
		t.Fatalf("outcome %+v", o)
	}
	want := []string{"started a", "progress a", "done a", "skipped b", "started c", "progress c", "done c"}
	if d := cmp.Diff(want, seen.kinds()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]plan.Status{"a": "done", "b": "skipped", "c": "done"}, statuses(o)); d != "" {
		t.Error(d)
	}
	if e := seen.events[1]; e.Server != "db1" || e.Title != "make a" || e.Done != 1 || e.Total != 2 || e.Time.IsZero() {
		t.Errorf("event %+v", e)
	}
}

func TestAllSkippedIsNoChange(t *testing.T) {
	w := newWorld()
	p := planOf(w.step("a", ""), w.step("b", "x"))
	plan.Apply(t.Context(), p, nil, plan.Options{})
	if o := plan.Apply(t.Context(), p, nil, plan.Options{}); o.Err != nil || o.Changed {
		t.Errorf("second run: %+v", o)
	}
	wait := plan.Step{ID: "w", Title: "wait", Undo: plan.NoEffect("nothing: it only waits"),
		Do: func(context.Context, plan.Progress) error { return nil }}
	if o := plan.Apply(t.Context(), planOf(wait), nil, plan.Options{}); o.Err != nil || o.Changed {
		t.Errorf("a step that waits is no change: %+v", o)
	}
}

func TestFailureUndoesNewestFirst(t *testing.T) {
	w, seen := newWorld(), &watch{}
	before := w.Snapshot()
	o := plan.Apply(t.Context(), planOf(w.step("a", ""), w.step("b", ""), fail(w.step("c", "")), w.step("d", "")), seen, plan.Options{})
	if !errors.Is(o.Err, errBoom) || !o.RolledBack || o.Changed || o.Interrupted {
		t.Fatalf("outcome %+v", o)
	}
	if got := o.Err.Error(); got != "db1: make c: boom" {
		t.Errorf("error %q", got)
	}
	if d := cmp.Diff(before, w.Snapshot()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"+a", "+b", "-c", "-b", "-a"}, w.log); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]plan.Status{"a": "undone", "b": "undone", "c": "failed"}, statuses(o)); d != "" {
		t.Error(d)
	}
}

func TestUndoFailureGoesOnAndIsListed(t *testing.T) {
	w := newWorld()
	b := w.step("b", "")
	b.Server = "db2"
	errStuck := errors.New("db2: slot is active")
	b.Undo = plan.Undoable("drop the slot", func(context.Context, plan.Progress) error { return errStuck })
	o := plan.Apply(t.Context(), planOf(w.step("a", ""), b, fail(w.step("c", ""))), nil, plan.Options{})
	if !errors.Is(o.Err, errBoom) || !errors.Is(o.Err, errStuck) || o.RolledBack || !o.Changed {
		t.Fatalf("outcome %+v", o)
	}
	if !strings.HasPrefix(o.Err.Error(), "db1: make c: boom; ") {
		t.Errorf("the cause does not lead: %q", o.Err)
	}
	if w.has("a") {
		t.Error("a was not undone because b could not be")
	}
	if d := cmp.Diff([]string{"db2: make b: could not be undone (drop the slot): db2: slot is active"}, o.Left); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]plan.Status{"a": "undone", "b": "done", "c": "failed"}, statuses(o)); d != "" {
		t.Error(d)
	}
}

func TestPermanentStepStopsUnwinding(t *testing.T) {
	cases := []struct {
		name   string
		change func(w *world, p *plan.Step)
		stays  bool
	}{
		{"done", func(*world, *plan.Step) {}, true},
		{"failed before its effect", func(_ *world, p *plan.Step) { *p = fail(*p) }, false},
		{"failed after its effect", func(w *world, p *plan.Step) {
			do := p.Do
			p.Do = func(ctx context.Context, r plan.Progress) error { do(ctx, r); return errBoom }
		}, true},
		{"failed and cannot tell", func(_ *world, p *plan.Step) { *p = fail(*p); p.Done = nil }, true},
		{"there already", func(w *world, _ *plan.Step) { w.put("p") }, false},
		{"there already and adopted", func(w *world, p *plan.Step) { w.put("p"); p.Adopt = true }, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			p := w.step("p", "")
			p.Undo = plan.Permanent("it is its own server now")
			c.change(w, &p)
			o := plan.Apply(t.Context(), planOf(w.step("a", ""), p, w.step("b", ""), fail(w.step("c", ""))), nil, plan.Options{})
			if w.has("a") != c.stays || o.RolledBack == c.stays || (len(o.Left) == 2) != c.stays {
				t.Errorf("a there: %v, outcome %+v", w.has("a"), o)
			}
			if w.has("b") {
				t.Error("b came after it and was not undone")
			}
			if c.stays {
				want := []string{"db1: make a: stays, because of what came after it", "db1: make p: stays (it is its own server now)"}
				if d := cmp.Diff(want, o.Left); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestAdoptedStepsAreUndone(t *testing.T) {
	for _, adopt := range []bool{true, false} {
		w := newWorld()
		w.put("a") // from an earlier run that was killed
		w.put("c")
		steps := []plan.Step{w.step("a", ""), fail(w.step("b", "")), w.step("c", "")}
		for i := range steps {
			steps[i].Adopt = adopt
		}
		o := plan.Apply(t.Context(), planOf(steps...), nil, plan.Options{})
		if !o.RolledBack || w.has("a") == adopt || w.has("c") == adopt {
			t.Errorf("adopt %v: a there %v, c there %v: %+v", adopt, w.has("a"), w.has("c"), o)
		}
	}
}

func TestPanicIsAnErrorAndRollsBack(t *testing.T) {
	for _, where := range []string{"do", "done"} {
		w := newWorld()
		before := w.Snapshot()
		bad := w.step("b", "")
		if where == "do" {
			bad.Do = func(context.Context, plan.Progress) error { panic("nil map") }
		} else {
			bad.Done = func(context.Context) (bool, error) { panic("nil map") }
		}
		o := plan.Apply(t.Context(), planOf(w.step("a", ""), bad), nil, plan.Options{})
		p, ok := errors.AsType[*plan.PanicError](o.Err)
		if !ok || !strings.Contains(string(p.Stack), "apply_test.go") || !o.RolledBack {
			t.Errorf("%s: outcome %+v", where, o)
		}
		if d := cmp.Diff(before, w.Snapshot()); d != "" {
			t.Error(d)
		}
	}
}

func TestRefusedOrInvalidPlanIsNotBegun(t *testing.T) {
	w := newWorld()
	p := planOf(w.step("a", ""))
	p.Checks = []plan.Check{{Name: "disk", Server: "db2", Detail: "needs 2.1 GB, has 640 MB"}}
	o := plan.Apply(t.Context(), p, nil, plan.Options{})
	refused, ok := errors.AsType[*plan.RefusedError](o.Err)
	if !ok || w.has("a") || o.Steps == nil || refused.Error() != "db2: disk: needs 2.1 GB, has 640 MB" {
		t.Errorf("outcome %+v", o)
	}
	if !strings.Contains(refused.Hint(), "--skip-check disk") {
		t.Errorf("hint %q", refused.Hint())
	}
	p.Checks[0].Skipped = true
	if o := plan.Apply(t.Context(), p, nil, plan.Options{}); o.Err != nil {
		t.Errorf("a skipped check refuses: %v", o.Err)
	}
	if o := plan.Apply(t.Context(), planOf(w.step("b", ""), w.step("b", "")), nil, plan.Options{}); o.Err == nil || w.has("b") {
		t.Errorf("two steps of one id: %+v", o)
	}
}

func TestUndoHasItsOwnDeadline(t *testing.T) {
	for _, obeys := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w, let := newWorld(), make(chan struct{})
			defer close(let)
			b := w.step("b", "")
			b.Undo = plan.Undoable("start it again", func(ctx context.Context, _ plan.Progress) error {
				if obeys {
					<-ctx.Done()
					return ctx.Err()
				}
				<-let
				return nil
			})
			begun := time.Now()
			o := plan.Apply(t.Context(), planOf(w.step("a", ""), b, fail(w.step("c", ""))), nil, plan.Options{UndoTimeout: time.Minute})
			if took := time.Since(begun); took < time.Minute || took > time.Minute+10*time.Second {
				t.Errorf("took %s", took)
			}
			if !errors.Is(o.Err, errBoom) || o.RolledBack || len(o.Left) != 2 || !w.has("a") {
				t.Errorf("outcome %+v", o)
			}
			if text := strings.Join(o.Left, "\n"); !strings.Contains(text, "not undone within 1m0s") {
				t.Errorf("left: %s", text)
			}
		})
	}
}
