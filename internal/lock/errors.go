package lock

import (
	"fmt"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// HeldError says that another run holds the lock.
type HeldError struct {
	Server string
	Owner  Owner // empty when it left no record
}

func (e *HeldError) Error() string {
	if e.Owner.Who == "" {
		return e.Server + ": another run holds the lock, and left no record of itself"
	}
	return fmt.Sprintf("%s: another run holds the lock: %s@%s runs '%s' since %s (%s)", e.Server,
		e.Owner.Who, e.Owner.Host, e.Owner.Command, e.Owner.Since.Local().Format("15:04:05"), age(time.Since(e.Owner.Since)))
}

// Hint is the next step for the user.
func (e *HeldError) Hint() string {
	return "wait until it has ended; the lock of a run that died frees itself within a minute"
}

// age is a duration for people: "12 s", "4 min", "3 h 20 min".
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// SameServerError says that two names stand for one server.
type SameServerError struct{ A, B string }

func (e *SameServerError) Error() string {
	return fmt.Sprintf("%s and %s are the same server: the lock taken on one is found on the other", e.A, e.B)
}

// Hint is the next step for the user.
func (e *SameServerError) Hint() string { return "look at their addresses in belt.yaml" }

// LostError says that the lock is no longer ours, or may not be.
type LostError struct {
	Server string
	Err    error
}

func (e *LostError) Error() string { return fmt.Sprintf("%s: the lock was lost: %v", e.Server, e.Err) }

// Unwrap tells that a connection was lost: what runs detached on the server goes on.
func (e *LostError) Unwrap() error {
	return &remote.LostError{Server: e.Server, Title: "holding the lock", Err: e.Err}
}
