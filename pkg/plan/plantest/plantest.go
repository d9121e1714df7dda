// Package plantest fails plans on purpose: every step, before and after its effect, by error, by Ctrl-C and by kill -9,
// and looks at what is left of the world. An undo that no test runs is decoration.
package plantest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

// World is what a plan changes: a fake of the servers.
type World interface {
	// Snapshot describes all of the state that must come back after a failure, such as "db1 slot belt_db2" → "physical".
	// What may differ between two runs (random passwords, times) is left out or made even.
	Snapshot() map[string]string
}

// Planner is a World from whose present state the command makes its plan anew, as a re-run does. With one, a re-run
// uses the plan it makes; without, a re-run applies the same plan again.
type Planner interface {
	Plan() plan.Plan
}

var errInjected = errors.New("injected failure")

// moment is how a step is made to fail.
type moment struct {
	name string
	// wrap makes the step fail; cancel interrupts the whole plan.
	wrap func(do doFunc, cancel func()) doFunc
	// killed: nothing is undone, as after kill -9
	killed bool
}

type doFunc = func(context.Context, plan.Progress) error

var killed = &plan.Detached{What: "killed"}

func before(err error) func(doFunc, func()) doFunc {
	return func(doFunc, func()) doFunc {
		return func(context.Context, plan.Progress) error { return err }
	}
}

func after(err error) func(doFunc, func()) doFunc {
	return func(do doFunc, _ func()) doFunc {
		return func(ctx context.Context, r plan.Progress) error {
			if err := do(ctx, r); err != nil {
				return err
			}
			return err
		}
	}
}

func interrupted(do doFunc, cancel func()) doFunc {
	return func(ctx context.Context, r plan.Progress) error {
		cancel()
		return do(ctx, r)
	}
}

var failures = []moment{
	{name: "before", wrap: before(errInjected)},
	{name: "after", wrap: after(errInjected)},
	{name: "interrupted", wrap: interrupted},
}

var kills = []moment{
	{name: "killed before", wrap: before(killed), killed: true},
	{name: "killed after", wrap: after(killed), killed: true},
}

// EveryFailure builds the plan anew for each of its steps and each moment (before its effect, after it, interrupted)
// and fails it there. Then either all was rolled back and the world is as it was, or the outcome names what is left;
// and in both cases a re-run brings about what an undisturbed run does.
//
// Then each step is killed, as by kill -9: nothing is undone, and a re-run brings about the same again. With a
// [Planner], the re-run is made to fail at each of its own steps too: it must undo what the killed run did, so that
// the world is as it was before either.
//
// Finally each undo is made to fail: that must be told, by naming it, and must not keep the others from being undone.
func EveryFailure(t *testing.T, build func() (plan.Plan, World)) {
	t.Helper()
	c, whole := everyStep(t, build)
	for i := range whole.Steps {
		for _, m := range kills {
			c.failAgain(t, i, m)
		}
	}
}

// EveryStep is EveryFailure without the failures of re-runs, whose number is the square of that of the steps.
func EveryStep(t *testing.T, build func() (plan.Plan, World)) {
	t.Helper()
	everyStep(t, build)
}

func everyStep(t *testing.T, build func() (plan.Plan, World)) (conditions, plan.Plan) {
	t.Helper()
	whole, world := build()
	initial := world.Snapshot()
	if o := plan.Apply(t.Context(), whole, nil, plan.Options{}); o.Err != nil || !o.Changed {
		t.Fatalf("the undisturbed plan fails or changes nothing: %+v", o)
	}
	c := conditions{build: build, initial: initial, want: world.Snapshot()}
	for i, s := range whole.Steps {
		for _, m := range append(failures, kills...) {
			t.Run(fmt.Sprintf("%s/%s", s.ID, m.name), func(t *testing.T) { c.fail(t, i, m) })
		}
		t.Run(s.ID+"/undo", func(t *testing.T) { c.failUndo(t, i) })
	}
	return c, whole
}

// conditions are what holds for every failure of one plan.
type conditions struct {
	build   func() (plan.Plan, World)
	initial map[string]string
	want    map[string]string // after an undisturbed run
}

// fail fails the i-th step, and runs the plan again.
func (c conditions) fail(t *testing.T, i int, m moment) {
	p, w := c.build()
	o := apply(t, p, i, m)
	switch {
	case o.Err == nil: // the step is skipped, or is the last and did not heed the interrupt
		c.same(t, "after success", c.want, w)
	case m.killed:
		if !o.Detached {
			t.Fatalf("not killed: %+v", o)
		}
	case o.RolledBack:
		c.same(t, "rolled back", c.initial, w)
	default:
		c.explained(t, p, o)
	}
	if o := plan.Apply(t.Context(), again(p, w), nil, plan.Options{}); o.Err != nil {
		t.Fatalf("the re-run fails: %v", o.Err)
	}
	c.same(t, "after the re-run", c.want, w)
}

// failAgain kills the plan at the i-th step and fails the re-run at each of its steps.
func (c conditions) failAgain(t *testing.T, i int, kill moment) {
	p, w := c.build()
	planner, ok := w.(Planner)
	if !ok {
		return
	}
	apply(t, p, i, kill)
	for j, s := range planner.Plan().Steps {
		for _, m := range failures {
			t.Run(fmt.Sprintf("%s/%s/then %s/%s", p.Steps[i].ID, kill.name, s.ID, m.name), func(t *testing.T) {
				p, w := c.build()
				apply(t, p, i, kill)
				before := c.initial
				if noReturn(p, i, kill) {
					before = w.Snapshot()
				}
				second := again(p, w)
				switch o := apply(t, second, j, m); {
				case o.Err == nil:
					c.same(t, "after success", c.want, w)
				case o.RolledBack:
					c.same(t, "rolled back", before, w)
				default:
					c.explained(t, second, o)
				}
			})
		}
	}
}

// noReturn tells whether the killed run had done what cannot be undone: then the re-run takes back no more than its own.
func noReturn(p plan.Plan, i int, kill moment) bool {
	done := p.Steps[:i]
	if kill.name == "killed after" {
		done = p.Steps[:i+1]
	}
	return slices.ContainsFunc(done, func(s plan.Step) bool { return !s.Undo.Possible() })
}

// explained looks at a failure that was not rolled back: it names what is left, and a permanent step is the reason.
func (c conditions) explained(t *testing.T, p plan.Plan, o plan.Outcome) {
	t.Helper()
	if len(o.Left) == 0 {
		t.Errorf("neither rolled back nor anything left: %+v", o)
	}
	if !permanent(p, o) {
		t.Errorf("not rolled back although no step that was reached is permanent: %+v", o)
	}
}

// permanent tells whether a step that was reached, or that an earlier run may have done, has no way back.
func permanent(p plan.Plan, o plan.Outcome) bool {
	reached := map[string]bool{}
	for _, s := range o.Steps {
		reached[s.ID] = true
	}
	return slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return (reached[s.ID] || s.Adopt) && !s.Undo.Possible() })
}

// failUndo fails the i-th step after its effect, and its undo too.
func (c conditions) failUndo(t *testing.T, i int) {
	p, w := c.build()
	if text := p.Steps[i].Undo.Text(); p.Steps[i].Undo.Possible() {
		p.Steps[i].Undo = plan.Undoable(text, func(context.Context, plan.Progress) error { return errInjected })
	}
	o := apply(t, p, i, failures[1])
	if o.Err == nil {
		return // the step is skipped
	}
	for _, s := range o.Steps {
		if s.Status == plan.StatusDone && !permanent(p, o) {
			t.Errorf("%s was not undone, because %s could not be", s.ID, p.Steps[i].ID)
		}
	}
	if o.RolledBack || len(o.Left) == 0 {
		t.Fatalf("what could not be undone is not named: %+v", o)
	}
	if !errors.Is(o.Err, errInjected) {
		t.Errorf("the cause is lost: %v", o.Err)
	}
	if o := plan.Apply(t.Context(), again(p, w), nil, plan.Options{}); o.Err != nil {
		t.Fatalf("the re-run fails: %v", o.Err)
	}
	c.same(t, "after the re-run", c.want, w)
}

func (c conditions) same(t *testing.T, when string, want map[string]string, w World) {
	t.Helper()
	if d := cmp.Diff(want, w.Snapshot()); d != "" {
		t.Errorf("%s, the world (-want +got):\n%s", when, d)
	}
}

// apply applies p with its i-th step failing at m; p itself stays as it is.
func apply(t *testing.T, p plan.Plan, i int, m moment) plan.Outcome {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	steps := append([]plan.Step{}, p.Steps...)
	steps[i].Do = m.wrap(steps[i].Do, func() { cancel(plan.ErrInterrupt) })
	p.Steps = steps
	return plan.Apply(ctx, p, nil, plan.Options{})
}

func again(p plan.Plan, w World) plan.Plan {
	if planner, ok := w.(Planner); ok {
		return planner.Plan()
	}
	return p
}
