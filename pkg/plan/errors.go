package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInterrupt is the cause with which the context of [Apply] is cancelled when the user presses Ctrl-C: roll back.
var ErrInterrupt = errors.New("interrupted")

// ErrHangup is the cause with which the context of [Apply] is cancelled when the terminal is gone: let go, and undo
// nothing.
var ErrHangup = errors.New("the terminal was closed")

var (
	errSibling   = errors.New("stopped, because another server failed")
	errAbandoned = errors.New("did not stop in time and was left to itself")
)

// StepError says which step failed, or could not be undone.
type StepError struct {
	ID     string
	Server string
	Title  string // the step's title, or what its undo does
	Err    error
}

func (e *StepError) Error() string {
	reason := e.Err.Error()
	if e.Server == "" {
		return e.Title + ": " + reason
	}
	// What runs detached on the server has a title of its own, often the step's.
	reason = strings.TrimPrefix(strings.TrimPrefix(reason, e.Server+": "), e.Title+": ")
	return e.Server + ": " + e.Title + ": " + reason
}
func (e *StepError) Unwrap() error { return e.Err }

// RollbackError is a failure after which not everything could be undone.
type RollbackError struct {
	Cause error   // the failure itself
	Undo  []error // what the undoing met, newest step first
}

func (e *RollbackError) Error() string {
	text := e.Cause.Error()
	for _, err := range e.Undo {
		text += "; and undoing it: " + err.Error()
	}
	return text
}

// Unwrap returns the cause first.
func (e *RollbackError) Unwrap() []error { return append([]error{e.Cause}, e.Undo...) }

// Detached is what a Do returns when its work goes on by itself on the server while the connection to it, or the
// user's terminal, is gone. It is no failure: nothing is undone.
type Detached struct {
	What string // what goes on and where: "the copy goes on on db2"
	Err  error  // why it was let go
}

func (e *Detached) Error() string {
	if e.Err == nil {
		return e.What
	}
	return fmt.Sprintf("%s: %v", e.What, e.Err)
}
func (e *Detached) Unwrap() error { return e.Err }

// Hint is the next step for the user.
func (e *Detached) Hint() string {
	return "run the same command again: it takes up the work where it is"
}

// RefusedError says that the plan's checks do not allow it to run.
type RefusedError struct{ Checks []Check }

func (e *RefusedError) Error() string {
	var parts []string
	for _, c := range e.Checks {
		text := c.Name + ": " + c.Detail
		if c.Server != "" {
			text = c.Server + ": " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// Hint is the next step for the user: the first that a check has, else how to go on all the same.
func (e *RefusedError) Hint() string {
	for _, c := range e.Checks {
		if c.Hint != "" {
			return c.Hint
		}
	}
	if flags := e.Skips(); flags != "" {
		return "mend it, or go on all the same: " + flags
	}
	return ""
}

// Skips are the flags with which the plan would run all the same; empty where a check is vital.
func (e *RefusedError) Skips() string {
	var flags []string
	for _, c := range e.Checks {
		if c.Vital {
			return ""
		}
		if flag := "--skip-check " + c.Name; !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	return strings.Join(flags, " ")
}

// PanicError is a panic in a step, made an error so that the steps before it are still undone.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("a defect in belt: panic: %v", e.Value) }

// interrupted tells whether ctx was cancelled because the user wanted to stop, rather than by a deadline, a lost lock
// or a closed terminal. signal.NotifyContext's cause is a context.Canceled too.
func interrupted(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return errors.Is(cause, ErrInterrupt) || errors.Is(cause, context.Canceled)
}

// because names why ctx ended in the place of the bare "context canceled" that err is then, and keeps what else err says.
func because(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	cause := context.Cause(ctx)
	if interrupted(ctx) {
		cause = ErrInterrupt
	}
	if err == nil || errors.Is(err, ctx.Err()) || errors.Is(err, context.Canceled) || errors.Is(err, cause) {
		return cause
	}
	return fmt.Errorf("%w (%w)", cause, err)
}
