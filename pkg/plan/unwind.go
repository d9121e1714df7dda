package plan

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// unwind takes back what this run owns, newest first, and returns what the undoing met.
func (r *run) unwind(ctx context.Context) []error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), r.opt.UndoTimeout,
		fmt.Errorf("not undone within %s", r.opt.UndoTimeout))
	defer cancel()
	ctx, hard := context.WithCancelCause(ctx)
	defer hard(nil)
	if r.opt.Hard.Err() != nil { // not even the first undo: AfterFunc would come a moment later
		hard(ErrInterrupt)
	}
	defer context.AfterFunc(r.opt.Hard, func() { hard(ErrInterrupt) })()

	var errs []error
	owned := r.owned()
	for n, i := range slices.Backward(owned) {
		s, st := r.plan.Steps[i], &r.states[i]
		if s.Undo.Possible() {
			if err := r.undo(ctx, i); err != nil {
				errs = append(errs, err)
			}
			continue
		}
		if !r.hasEffect(ctx, i) {
			continue
		}
		st.left = sentence(s, "stays ("+s.Undo.Text()+")")
		for _, j := range owned[:n] {
			if before := r.plan.Steps[j]; !before.Undo.noEffect {
				r.states[j].left = sentence(before, "stays, because of what came after it")
			}
		}
		break
	}
	return errs
}

// owned lists the steps whose effect is this run's to undo, oldest first: those it ran, and the adopted ones, even
// those that it did not get to.
func (r *run) owned() []int {
	var out []int
	for _, i := range r.order {
		if r.states[i].ran || r.plan.Steps[i].Adopt {
			out = append(out, i)
		}
	}
	for i, s := range r.plan.Steps {
		if s.Adopt && !slices.Contains(r.order, i) {
			out = append(out, i)
		}
	}
	return out
}

// hasEffect tells whether a permanent step has to be taken as done: also when it failed and cannot tell, because to
// undo what came before it could then do harm.
func (r *run) hasEffect(ctx context.Context, i int) bool {
	s := r.plan.Steps[i]
	switch r.states[i].status {
	case StatusDone, StatusSkipped:
		return true
	case "":
		if s.Done == nil {
			return false
		}
	}
	if s.Done == nil {
		return true
	}
	var done bool
	err := call(ctx, func() (err error) {
		done, err = s.Done(ctx)
		return err
	})
	return err != nil || done
}

// undo takes back one step.
func (r *run) undo(ctx context.Context, i int) error {
	s, st := r.plan.Steps[i], &r.states[i]
	if s.Undo.noEffect {
		if st.status == StatusDone {
			st.status = StatusUndone
		}
		return nil
	}
	begun := time.Now()
	err := because(ctx, nil)
	if err == nil {
		r.running(i, true)
		r.tell(i, Event{Kind: Undoing, Note: s.Undo.Text()})
		err = call(ctx, func() error { return s.Undo.Run(ctx, r.progress(i)) })
		r.running(i, false)
		if err != nil {
			err = because(ctx, err)
		}
	}
	if err != nil {
		st.left = sentence(s, "could not be undone ("+s.Undo.Text()+"): "+err.Error())
		r.tell(i, Event{Kind: NotUndone, Took: time.Since(begun), Note: s.Undo.Text(), Err: err})
		return &StepError{ID: s.ID, Server: s.Server, Title: s.Undo.Text(), Err: err}
	}
	if st.status != StatusFailed {
		st.status = StatusUndone
	}
	r.tell(i, Event{Kind: Undone, Took: time.Since(begun), Note: s.Undo.Text()})
	return nil
}
