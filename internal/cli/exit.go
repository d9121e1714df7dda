package cli

import (
	"context"
	"errors"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// The exit codes of the contract.
const (
	exitDone        = 0
	exitRolledBack  = 1
	exitUsage       = 2
	exitRefused     = 3
	exitLeft        = 4
	exitLocked      = 5
	exitUnhealthy   = 6
	exitMissed      = 7
	exitUnreachable = 8
	exitInterrupted = 130
)

// is tells whether an E is in err's chain.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// told is an error whose hints were printed already: it is all that the error is, but has none of its own.
type told struct{ err error }

func (e *told) Error() string        { return e.err.Error() }
func (e *told) Is(target error) bool { return errors.Is(e.err, target) }
func (e *told) As(target any) bool   { return errors.As(e.err, target) }

// exitCode is the one place that gives an error its exit code.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	// What became of a plan comes first: whatever made it fail is inside.
	if failed, ok := errors.AsType[*ops.Failed](err); ok {
		switch o := failed.Outcome; {
		case o.RolledBack && o.Interrupted:
			return exitInterrupted
		case o.RolledBack:
			return exitRolledBack
		default:
			return exitLeft
		}
	}
	switch {
	case is[*flagError](err), is[*ops.UsageError](err), is[*inventory.NotFound](err), is[*inventory.Ambiguous](err),
		is[*inventory.Missing](err), is[*inventory.Problems](err), is[*inventoryError](err):
		return exitUsage
	case is[*ops.Refused](err), is[*plan.RefusedError](err), is[*remote.SudoError](err), is[*lock.SameServerError](err),
		is[*envpush.FolderError](err):
		return exitRefused
	case is[*lock.HeldError](err):
		return exitLocked
	case is[*ops.Unhealthy](err):
		return exitUnhealthy
	case is[*ops.Missed](err):
		return exitMissed
	case is[*remote.UnreachableError](err), is[*remote.HostKeyError](err), is[*remote.LoginError](err), is[*remote.LostError](err),
		errors.Is(err, context.DeadlineExceeded):
		return exitUnreachable
	case errors.Is(err, plan.ErrInterrupt), errors.Is(err, plan.ErrHangup), errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitRolledBack
}

// meaning of each exit code, for the help texts.
func meaning(code int) string {
	switch code {
	case exitDone:
		return "done, or already so"
	case exitRolledBack:
		return "failed, and rolled back: everything is as it was before"
	case exitUsage:
		return "usage or inventory error: no server was contacted"
	case exitRefused:
		return "refused by a precondition: nothing was changed"
	case exitLeft:
		return "failed, and not fully rolled back: the message lists what is left; the same command continues"
	case exitLocked:
		return "another run holds the lock on this database"
	case exitUnhealthy:
		return "not healthy, not equal, not ready, or not in time"
	case exitMissed:
		return "the databases are done, but an app server did not take its variables: belt env push APP"
	case exitUnreachable:
		return "a server could not be reached, its host key is unknown or changed, or it refused the login"
	case exitInterrupted:
		return "interrupted, and rolled back"
	}
	return ""
}

// The exit codes that kinds of commands can have.
func changing() []int { return []int{0, 1, 2, 3, 4, 5, 7, 8, 130} }
func looking() []int  { return []int{0, 2, 3, 6, 8, 130} }
func local() []int    { return []int{0, 1, 2} }
