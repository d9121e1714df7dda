package plan

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Options are what [Apply] may be told besides the plan. The zero value is good.
type Options struct {
	// UndoTimeout bounds the whole way back. 0 is ten minutes.
	UndoTimeout time.Duration
	// Hard ends when the user asks to stop for the second time: then the undoing stops too, and what is left is listed.
	Hard context.Context
}

// Apply runs the plan's steps in order and tells o, which may be nil, what happens.
//
// Neighbouring steps with lanes form a group: the lanes run side by side, each in its own order, and the failure of
// one stops the others. When a step fails, or ctx ends, what was done is undone newest first, the failed step included,
// under a context that the end of ctx does not reach. The undoing stops at a permanent step that was done: what came
// before it stays. When a step lets go of its work ([Detached]), or ctx ended with [ErrHangup], nothing is undone.
//
// What the plan's Then returns runs after its steps, and is undone with them.
//
// A plan that is not valid, or that its checks refuse, is not begun.
func Apply(ctx context.Context, p Plan, o Observer, opt Options) Outcome {
	if err := errors.Join(p.Validate(), p.Refusal()); err != nil {
		return Outcome{Steps: []StepResult{}, Err: err, RolledBack: true}
	}
	if opt.UndoTimeout == 0 {
		opt.UndoTimeout = 10 * time.Minute
	}
	if opt.Hard == nil {
		opt.Hard = context.Background()
	}
	r := &run{plan: p, opt: opt, observer: o, states: make([]state, len(p.Steps))}
	if r.steps(ctx, 0) && p.Then != nil {
		r.then(ctx, p.Then)
	}
	return r.finish(ctx)
}

// steps runs the plan's steps from the one given on, and tells whether all came to their end.
func (r *run) steps(ctx context.Context, from int) bool {
	for _, lanes := range groups(r.plan.Steps[from:]) {
		for _, lane := range lanes {
			for i := range lane {
				lane[i] += from
			}
		}
		if !r.group(ctx, lanes) {
			return false
		}
	}
	return true
}

// then plans what could not be planned before, and runs it as if it had been there from the beginning.
func (r *run) then(ctx context.Context, plan func(context.Context) ([]Step, error)) {
	if ctx.Err() != nil {
		return
	}
	var more []Step
	err := call(r.opt.Hard, func() (err error) {
		more, err = plan(ctx)
		return err
	})
	whole := r.plan
	whole.Steps = append(slices.Clone(r.plan.Steps), more...)
	if err == nil {
		err = whole.Validate()
	}
	if err != nil {
		r.failures = append(r.failures, because(ctx, err))
		return
	}
	from := len(r.plan.Steps)
	r.plan, r.states = whole, append(r.states, make([]state, len(more))...)
	r.steps(ctx, from)
}

// run is one application of a plan.
type run struct {
	plan     Plan
	opt      Options
	observer Observer

	mu       sync.Mutex // guards what follows, and makes events come one at a time
	states   []state    // one per step
	order    []int      // the steps that were begun, oldest first
	failures []error    // the cause first
	letGo    []*Detached
}

// state is how far one step has come.
type state struct {
	status  Status // empty: not reached
	ran     bool   // Do was called
	running bool   // Do or the undo is at work: its progress is of interest
	left    string // why its effect is still there after a failure
	took    time.Duration
}

// group runs the lanes side by side and tells whether the plan goes on.
func (r *run) group(ctx context.Context, lanes [][]int) bool {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, lane := range lanes {
		wg.Go(func() {
			for _, i := range lane {
				switch r.step(inner, i) {
				case goOn:
				case letGo: // the other lanes have nothing to do with it
					return
				case stop:
					cancel(errSibling)
					return
				}
			}
		})
	}
	wg.Wait()
	return len(r.failures) == 0 && len(r.letGo) == 0 && ctx.Err() == nil
}

type verdict int

const (
	goOn verdict = iota
	stop
	letGo
)

// step runs the i-th step, unless its effect is there already.
func (r *run) step(ctx context.Context, i int) verdict {
	if ctx.Err() != nil {
		return stop
	}
	s, begun := r.plan.Steps[i], time.Now()
	r.begin(i)

	if s.Done != nil {
		var done bool
		err := call(r.opt.Hard, func() (err error) {
			done, err = s.Done(ctx)
			return err
		})
		if err != nil {
			return r.failed(ctx, i, begun, err)
		}
		if done {
			r.set(i, StatusSkipped, time.Since(begun))
			r.tell(i, Event{Kind: Skipped})
			return goOn
		}
	}

	r.running(i, true)
	r.tell(i, Event{Kind: Started})
	doing, said := remarked(ctx)
	err := call(r.opt.Hard, func() error { return s.Do(doing, r.progress(i)) })
	r.running(i, false)
	if err != nil {
		return r.failed(ctx, i, begun, err)
	}
	r.set(i, StatusDone, time.Since(begun))
	r.tell(i, Event{Kind: Finished, Took: time.Since(begun), Note: said()})
	return goOn
}

// failed takes down why the step did not succeed.
func (r *run) failed(ctx context.Context, i int, begun time.Time, err error) verdict {
	s, took := r.plan.Steps[i], time.Since(begun)
	r.set(i, StatusFailed, took)
	if d, ok := errors.AsType[*Detached](err); ok {
		r.mu.Lock()
		r.letGo = append(r.letGo, d)
		r.states[i].left = d.What
		r.mu.Unlock()
		r.tell(i, Event{Kind: GoesOn, Took: took, Note: d.What})
		return letGo
	}
	reason := because(ctx, err)
	r.tell(i, Event{Kind: Failed, Took: took, Err: reason})
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.failures) == 0 || !errors.Is(err, context.Canceled) { // a lane that only stopped with the others is no news
		r.failures = append(r.failures, &StepError{ID: s.ID, Server: s.Server, Title: s.Title, Err: reason})
	}
	return stop
}

func (r *run) begin(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order = append(r.order, i)
}

func (r *run) set(i int, status Status, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states[i].status, r.states[i].took = status, took
}

func (r *run) running(i int, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states[i].running = yes
	r.states[i].ran = true
}

// tell fills in the step and hands the event on.
func (r *run) tell(i int, e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.send(i, e)
}

// progress makes the i-th step's Progress. What an abandoned step still reports is dropped.
func (r *run) progress(i int) Progress {
	return func(done, total int64, note string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.states[i].running {
			r.send(i, Event{Kind: Moved, Done: done, Total: total, Note: note})
		}
	}
}

// send needs the lock.
func (r *run) send(i int, e Event) {
	if r.observer == nil {
		return
	}
	s := r.plan.Steps[i]
	e.Time, e.Step, e.Server, e.Title = time.Now(), s.ID, s.Server, s.Title
	r.observer.Event(e)
}

// finish undoes what has to be undone and sums up.
func (r *run) finish(ctx context.Context) Outcome {
	if len(r.failures) == 0 && r.unfinished() && ctx.Err() != nil {
		cause := because(ctx, nil)
		if !slices.ContainsFunc(r.letGo, func(d *Detached) bool { return errors.Is(d, cause) }) { // it says so itself
			r.failures = append(r.failures, cause)
		}
	}
	out := Outcome{Interrupted: len(r.failures) > 0 && ctx.Err() != nil && interrupted(ctx)}
	hangup := len(r.failures) > 0 && errors.Is(context.Cause(ctx), ErrHangup)
	switch {
	case len(r.letGo) > 0 || hangup:
		out.Detached = true
		out.Err = r.detached()
	case len(r.failures) > 0:
		out.Err = errors.Join(r.failures...)
		if len(r.failures) == 1 {
			out.Err = r.failures[0]
		}
		if undo := r.unwind(ctx); len(undo) > 0 {
			out.Err = &RollbackError{Cause: out.Err, Undo: undo}
		}
	}
	r.sum(&out)
	return out
}

// unfinished tells whether a step did not come to its end.
func (r *run) unfinished() bool {
	return slices.ContainsFunc(r.states, func(s state) bool {
		return s.status != StatusDone && s.status != StatusSkipped
	})
}

// detached is the error of a run that let go: the first letting go leads, then what else went wrong.
func (r *run) detached() error {
	var errs []error
	for _, d := range r.letGo {
		errs = append(errs, d)
	}
	errs = append(errs, r.failures...)
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// sum fills in what the steps came to.
func (r *run) sum(out *Outcome) {
	out.Steps = []StepResult{}
	for i, st := range r.states {
		s := r.plan.Steps[i]
		if st.left != "" {
			out.Left = append(out.Left, st.left)
		} else if out.Detached && st.status == StatusFailed {
			out.Left = append(out.Left, sentence(s, "was left where it stood"))
		}
		if st.status == "" {
			continue
		}
		if st.ran && st.status != StatusUndone && !s.Undo.noEffect {
			out.Changed = out.Changed || st.status == StatusDone || st.left != "" || out.Detached
		}
		out.Steps = append(out.Steps, StepResult{
			ID: s.ID, Server: s.Server, Title: s.Title, Status: st.status, Seconds: st.took.Seconds(),
		})
	}
	out.RolledBack = out.Err != nil && !out.Detached && len(out.Left) == 0
}

func sentence(s Step, what string) string {
	if s.Server == "" {
		return s.Title + ": " + what
	}
	return s.Server + ": " + s.Title + ": " + what
}
