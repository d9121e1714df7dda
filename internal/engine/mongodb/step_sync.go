package mongodb

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// silence is how long a replica in its initial sync may not answer before it counts as dead.
const silence = 2 * time.Minute

// sync waits until the replica has copied everything and keeps up.
func (m making) sync() plan.Step {
	return m.Step(plan.Step{
		ID: "sync", Server: m.To(), Title: "copy all data from " + m.From() + " by initial sync", Lane: m.To(),
		Commands: []string{"replSetGetStatus {initialSync: 1}   -- until SECONDARY, and as far as the primary"},
		Done: func(ctx context.Context) (bool, error) {
			st, err := m.status(ctx)
			if err != nil || st.State != stateSecondary {
				return false, ctx.Err()
			}
			there, err := m.position(ctx)
			return err == nil && st.Optimes.Applied.reached(there), ctx.Err()
		},
		Do:   m.follow,
		Undo: plan.NoEffect("nothing: what was copied goes with its folder"),
	})
}

// status is what the replica says of itself as a member.
func (m making) status(ctx context.Context) (status, error) {
	var st status
	s, _, err := m.door().open(ctx, true)
	if err != nil {
		return st, err
	}
	defer s.close()
	return st, s.ask(ctx, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}, {Key: "initialSync", Value: 1}}, &st)
}

// position is how far the primary is now.
func (m making) position(ctx context.Context) (optime, error) {
	var st status
	err := m.onPrimary(ctx, true, func(s *session) error {
		return s.ask(ctx, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}}, &st)
	})
	return st.Optimes.Applied, err
}

// reachesBack tells whether the primary's oplog still has what comes after a place.
func (m making) reachesBack(ctx context.Context, at optime) (back bool, err error) {
	err = m.onPrimary(ctx, true, func(s *session) error {
		o, err := s.oplog(ctx)
		back = o.reaches(at)
		return err
	})
	return back, err
}

// stuckError says that a replica cannot come any further.
type stuckError struct {
	server, why string
	stale       bool // the primary's oplog does not reach back to it
}

func (e *stuckError) Error() string { return e.server + ": " + e.why }

// follow waits until the replica is a secondary that has all that the primary had at the beginning of the wait's end.
func (m making) follow(ctx context.Context, report plan.Progress) error {
	w := watch{making: m, answered: time.Now()}
	for {
		err := replica.Until(ctx, time.Hour, func(ctx context.Context) (bool, error) { return w.look(ctx, report) })
		if err == nil || ctx.Err() != nil {
			return err
		}
		if w.timeout(err) {
			continue // a sync may take days
		}
		return err
	}
}

// watch is a replica that is watched.
type watch struct {
	making
	answered time.Time // when it last did
	goal     optime
	moved    time.Time
	last     optime
}

// stands tells whether the replica has not come any further than that for a while.
func (w *watch) stands(at optime) bool {
	if at != w.last || w.moved.IsZero() {
		w.last, w.moved = at, time.Now()
	}
	return time.Since(w.moved) > silence
}

func (w *watch) timeout(err error) bool { return isNotYet(err) }

func (w *watch) look(ctx context.Context, report plan.Progress) (bool, error) {
	st, err := w.status(ctx)
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case failed(err, codeNotInitialized, codeInvalidConfig):
		if time.Since(w.answered) > silence {
			return false, &stuckError{server: w.To(), why: fmt.Sprintf("it hears nothing of its set: does %s reach it at %s, and it %s at %s?", w.From(), w.host, w.From(), w.conv.host)}
		}
		report(0, 0, "waiting to hear from the set")
		return false, nil
	case err != nil:
		if time.Since(w.answered) > silence {
			return false, err
		}
		return false, w.dead(ctx, err)
	}
	w.answered = time.Now()
	switch st.State {
	case stateSecondary:
		return w.caughtUp(ctx, st, report)
	case stateStartup2:
		return false, w.syncing(st, report)
	case stateRecovering:
		if back, err := w.reachesBack(ctx, st.Optimes.Applied); err != nil || !back {
			return false, cmp.Or(err, error(&stuckError{server: w.To(), why: "RECOVERING" + because(st.self()), stale: true}))
		}
		if w.stands(st.Optimes.Applied) {
			return false, &stuckError{server: w.To(), why: fmt.Sprintf("RECOVERING%s, and stands at %s", because(st.self()), st.Optimes.Applied)}
		}
	}
	report(0, 0, stateOf(st.self()))
	return false, nil
}

// dead tells whether the unit gave up: after its last attempt at an initial sync mongod ends.
func (w *watch) dead(ctx context.Context, err error) error {
	result, lookErr := w.Target.Runner().Run(ctx, replica.Look("see whether the unit runs", `systemctl is-active "$1" || :`, w.Target.Unit))
	if lookErr != nil {
		return lookErr
	}
	switch firstLine(result.Stdout) {
	case "failed", "inactive":
		return &stuckError{server: w.To(), why: "mongod ended: " + w.lastWords(ctx, err)}
	}
	return nil
}

// syncing reports how far the copy is.
func (w *watch) syncing(st status, report plan.Progress) error {
	y := st.Sync
	if y == nil {
		report(0, 0, "preparing the copy")
		return nil
	}
	note := "copying"
	switch {
	case y.Copied == 0:
		note = "preparing the copy"
	case y.Copied >= y.Total:
		note = "building indexes and taking what was written meanwhile"
	case y.Remaining > 0:
		note = fmt.Sprintf("copying, about %s left", (time.Duration(y.Remaining) * time.Millisecond).Round(time.Second))
	}
	if y.Failed > 0 {
		note += fmt.Sprintf("; attempt %d of %d", y.Failed+1, y.Most)
	}
	report(y.Copied, y.Total, note)
	return nil
}

// caughtUp tells whether a secondary is as far as the primary was when it was first asked.
func (w *watch) caughtUp(ctx context.Context, st status, report plan.Progress) (bool, error) {
	if w.goal.zero() {
		goal, err := w.position(ctx)
		if err != nil {
			return false, err
		}
		w.goal = goal
	}
	at := st.Optimes.Applied
	if at.reached(w.goal) {
		return true, nil
	}
	if w.stands(at) {
		return false, &stuckError{server: w.To(), why: fmt.Sprintf("stands at %s and does not come up to %s", at, w.goal)}
	}
	report(0, 0, fmt.Sprintf("catching up: %d s behind", int64(w.goal.TS.T)-int64(at.TS.T)))
	return false, nil
}

// lastWords is the last complaint in mongod's log; else the error.
func (w *watch) lastWords(ctx context.Context, err error) string {
	log := w.tn.option("systemLog.path")
	if log == "" {
		return err.Error()
	}
	result, readErr := w.Target.Runner().Run(ctx, replica.Look("read the log", `tail -n 500 "$1" | grep -E '"s":"[FE]"' | tail -n 1; exit 0`, log))
	if readErr != nil || result.Stdout == "" {
		return err.Error()
	}
	return firstLine(result.Stdout)
}
