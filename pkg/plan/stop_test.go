package plan_test

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

// untilStopped makes half of its thing and then works until its context ends.
func untilStopped(w *world, id, lane string) plan.Step {
	s := w.step(id, lane)
	s.Do = func(ctx context.Context, _ plan.Progress) error {
		w.put(id)
		<-ctx.Done()
		return ctx.Err()
	}
	return s
}

// whenStarted calls f when the step named id starts.
func whenStarted(id string, f func()) *watch {
	return &watch{on: func(e plan.Event) {
		if e.Step == id && e.Kind == plan.Started {
			f()
		}
	}}
}

func TestInterruptRollsBack(t *testing.T) {
	w := newWorld()
	before := w.Snapshot()
	ctx, cancel := context.WithCancelCause(t.Context())
	o := plan.Apply(ctx, planOf(w.step("a", ""), untilStopped(w, "b", "x"), untilStopped(w, "c", "y"), w.step("d", "")),
		whenStarted("c", func() { cancel(plan.ErrInterrupt) }), plan.Options{})
	if !o.Interrupted || !o.RolledBack || o.Detached || !errors.Is(o.Err, plan.ErrInterrupt) {
		t.Fatalf("outcome %+v", o)
	}
	if d := cmp.Diff(before, w.Snapshot()); d != "" {
		t.Error(d)
	}
	if n := strings.Count(o.Err.Error(), "interrupted"); n != 1 || strings.Contains(o.Err.Error(), "context canceled") {
		t.Errorf("error %q", o.Err)
	}
}

func TestInterruptBetweenStepsAndAfterTheLast(t *testing.T) {
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heedless := w.step("a", "")
	heedless.Do = func(context.Context, plan.Progress) error { cancel(); w.put("a"); return nil }
	if o := plan.Apply(ctx, planOf(heedless, w.step("b", "")), nil, plan.Options{}); !o.Interrupted || !o.RolledBack || w.has("a") {
		t.Errorf("between: %+v", o)
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	if o := plan.Apply(ctx, planOf(heedless), nil, plan.Options{}); o.Err != nil || o.Interrupted || !w.has("a") {
		t.Errorf("after the last: %+v", o)
	}
}

func TestOnlyTheUserInterrupts(t *testing.T) {
	errLock := errors.New("the lock on shop/postgresql was lost")
	sent, stop := signal.NotifyContext(t.Context(), syscall.SIGUSR1)
	defer stop()
	cases := []struct {
		name        string
		ctx         func() (context.Context, func())
		interrupted bool
		text        string
	}{
		{"plain cancel", func() (context.Context, func()) { ctx, c := context.WithCancel(t.Context()); return ctx, c }, true, "interrupted"},
		{"a signal", func() (context.Context, func()) {
			return sent, func() { syscall.Kill(os.Getpid(), syscall.SIGUSR1) }
		}, true, "interrupted"},
		{"a lost lock", func() (context.Context, func()) {
			ctx, c := context.WithCancelCause(t.Context())
			return ctx, func() { c(errLock) }
		}, false, errLock.Error()},
		{"a deadline", func() (context.Context, func()) {
			ctx, c := context.WithTimeout(t.Context(), time.Millisecond)
			t.Cleanup(c)
			return ctx, func() {}
		}, false, "deadline exceeded"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			ctx, end := c.ctx()
			o := plan.Apply(ctx, planOf(untilStopped(w, "a", "")), whenStarted("a", end), plan.Options{})
			if o.Interrupted != c.interrupted || !o.RolledBack || w.has("a") {
				t.Errorf("outcome %+v", o)
			}
			if o.Err == nil || !strings.Contains(o.Err.Error(), c.text) {
				t.Errorf("error %v", o.Err)
			}
		})
	}
}

func TestSecondInterruptLeaves(t *testing.T) {
	for _, obeys := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w, let := newWorld(), make(chan struct{})
			defer close(let)
			ctx, soft := context.WithCancel(t.Context())
			hard, second := context.WithCancel(t.Context())
			b := untilStopped(w, "b", "")
			b.Undo = plan.Undoable("remove b", func(ctx context.Context, _ plan.Progress) error {
				second()
				if obeys {
					<-ctx.Done()
					return ctx.Err()
				}
				<-let
				return nil
			})
			o := plan.Apply(ctx, planOf(w.step("a", ""), b), whenStarted("b", soft), plan.Options{Hard: hard})
			if !o.Interrupted || o.RolledBack || !o.Changed {
				t.Errorf("outcome %+v", o)
			}
			if len(o.Left) != 2 || !strings.Contains(o.Left[0], "make a: could not be undone (take a away): interrupted") {
				t.Errorf("left %q", o.Left)
			}
			if !w.has("a") {
				t.Error("a was undone after the second interrupt")
			}
		})
	}
}

func TestSecondInterruptDoesNotWaitForAStuckStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, let := newWorld(), make(chan struct{})
		ctx, soft := context.WithCancel(t.Context())
		hard, second := context.WithCancel(t.Context())
		stuck := w.step("a", "")
		stuck.Do = func(_ context.Context, report plan.Progress) error { <-let; report(1, 1, "late"); return nil }
		seen := whenStarted("a", func() { soft(); second() })
		o := plan.Apply(ctx, planOf(stuck), seen, plan.Options{Hard: hard})
		if !o.Interrupted || o.RolledBack || len(o.Left) != 1 {
			t.Errorf("outcome %+v", o)
		}
		n := len(seen.events)
		close(let)
		synctest.Wait()
		if len(seen.events) != n {
			t.Error("an abandoned step still reports")
		}
	})
}

func TestHangupUndoesNothing(t *testing.T) {
	w := newWorld()
	ctx, cancel := context.WithCancelCause(t.Context())
	o := plan.Apply(ctx, planOf(w.step("a", ""), untilStopped(w, "b", "")), whenStarted("b", func() { cancel(plan.ErrHangup) }), plan.Options{})
	if !o.Detached || o.Interrupted || o.RolledBack || !o.Changed || !errors.Is(o.Err, plan.ErrHangup) {
		t.Errorf("outcome %+v", o)
	}
	if !w.has("a") || !w.has("b") {
		t.Error("something was undone")
	}
	if d := cmp.Diff([]string{"db1: make b: was left where it stood"}, o.Left); d != "" {
		t.Error(d)
	}
}

func TestDetachedStepIsLeftToGoOn(t *testing.T) {
	w, seen := newWorld(), &watch{}
	together := meet(2)
	gone := w.step("x", "x")
	gone.Do = func(context.Context, plan.Progress) error {
		return &plan.Detached{What: "db2: the copy goes on", Err: errors.New("connection lost")}
	}
	o := plan.Apply(t.Context(), planOf(w.step("a", ""), together(gone), together(w.step("y1", "y")), w.step("y2", "y"), w.step("z", "")), seen, plan.Options{})
	if !o.Detached || o.RolledBack || !o.Changed {
		t.Fatalf("outcome %+v", o)
	}
	if d := cmp.Diff([]string{"db2: the copy goes on"}, o.Left); d != "" {
		t.Error(d)
	}
	if !w.has("a") || !w.has("y2") || w.has("z") {
		t.Errorf("the other lane has to finish, and what comes after has to wait: %v", w.Snapshot())
	}
	if hint, ok := errors.AsType[interface {
		error
		Hint() string
	}](o.Err); !ok || hint.Hint() == "" {
		t.Error("no hint")
	}
}
