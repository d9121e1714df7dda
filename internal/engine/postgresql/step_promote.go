package postgresql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// begin notes on both servers that a run is under way, and what of the new primary's things it makes.
func (m *promotion) begin() plan.Step {
	fresh := map[string]unfinished{}
	for _, s := range append([]making{m.back}, m.siblings...) {
		fresh[s.Name] = s.fresh
	}
	return m.Begin(m.back.Target, m.from.Target, fresh, m.left)
}

// finish removes the notes.
func (m *promotion) finish() plan.Step { return m.Finish(m.back.Target, m.from.Target) }

// left tells whether the old primary is not what it was before the run.
func (m *promotion) left(ctx context.Context) (bool, error) {
	if m.Lost {
		fenced, err := m.back.Target.Seen(ctx, m.back.tn.DataDir+"/standby.signal")
		return fenced && (m.Adopt || !m.back.tn.StandbySignal), err
	}
	return m.back.Target.Answers(ctx) != nil, ctx.Err()
}

// checkpoint makes the stop short: what a checkpoint writes is not left to the shutdown.
func (m *promotion) checkpoint() plan.Step {
	return m.Step(plan.Step{
		ID: "checkpoint", Title: "write out what the stop would have to", Commands: []string{"CHECKPOINT"},
		Done: m.stopped,
		Do: func(ctx context.Context, _ plan.Progress) error {
			return change(ctx, m.Old, "checkpoint", "CHECKPOINT")
		},
		Undo: plan.NoEffect("nothing: it does no harm"),
	}, m.Old.Node.Label)
}

// stop ends the writes. A clean shutdown ends once every standby that streams has all of the WAL, the record of the
// shutdown included (server shutdown, "fast"); standby.signal keeps the server from ever coming back writable.
func (m *promotion) stop() plan.Step {
	old, next := m.Old.Node.Label, m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "stop", Title: "stop the primary, which sends " + next + " all that it has", Closes: true,
		Commands: []string{"touch " + m.back.tn.DataDir + "/standby.signal", "systemctl stop " + m.back.tn.Service},
		Disrupts: fmt.Sprintf("no writes from here until %s takes them: about %d s", next, switchSeconds),
		Done:     m.stopped,
		Do: func(ctx context.Context, report plan.Progress) error {
			// The facts are of a moment ago: a replica that has lost its connection would leave the primary waiting, or behind.
			if ok, err := m.from.streams(ctx); err != nil || !ok {
				return errors.Join(err, fmt.Errorf("%s: %s does not stream any more", old, next))
			}
			report(0, 0, "a clean shutdown")
			return m.shut(ctx)
		},
		Undo: plan.Undoable("start it again as the primary", func(ctx context.Context, _ plan.Progress) error { return m.reopen(ctx) }),
	}, old)
}

// shut stops the old primary behind standby.signal, in one command: what cuts the connection leaves it fenced.
func (m *promotion) shut(ctx context.Context) error {
	_, err := m.back.Target.Runner().Run(ctx, replica.AsRoot("fence and stop "+m.back.tn.Service, replica.UnitScript+fenceScript,
		m.back.tn.Service, m.back.tn.DataDir, m.back.tn.Owner))
	return err
}

// reopen starts the old primary again, unless the new one takes writes already.
func (m *promotion) reopen(ctx context.Context) error {
	if out, err := ask(ctx, m.Next, "see whether it recovers", "SELECT pg_is_in_recovery()"); err != nil || out != "t" {
		return fmt.Errorf("%s: not started, since %s may take writes: %w", m.Old.Node.Label, m.Next.Node.Label, errors.Join(err, replica.ErrTwoPrimaries))
	}
	_, err := m.back.Target.Runner().Run(ctx, replica.AsRoot("start "+m.back.tn.Service+" as the primary", replica.UnitScript+unfenceScript,
		m.back.tn.Service, m.back.tn.DataDir))
	if err != nil {
		return err
	}
	return m.back.Target.AwaitAnswer(ctx, time.Minute)
}

// control is what pg_controldata says of the old primary's data.
func (m *promotion) control(ctx context.Context) (state, checkpoint string, fenced bool, err error) {
	result, err := m.back.Target.Runner().Run(ctx, replica.Look("read pg_control", controlScript, m.back.tn.BinDir, m.back.tn.DataDir))
	if err != nil {
		return "", "", false, err
	}
	lines := strings.Split(strings.TrimSpace(result.Stdout), "\n")
	if len(lines) != 3 {
		return "", "", false, fmt.Errorf("%s: pg_controldata: %.200q", m.Old.Node.Label, result.Stdout)
	}
	return strings.TrimSpace(lines[0]), strings.TrimSpace(lines[1]), lines[2] == "fenced", nil
}

// stopped tells whether the old primary was shut down cleanly and is fenced. It is past that once the new one is promoted.
func (m *promotion) stopped(ctx context.Context) (bool, error) {
	if !m.Adopt {
		return false, nil
	}
	state, _, fenced, err := m.control(ctx)
	return fenced && state == stateShutDown, err
}

// stateShutDown is what a clean shutdown of a primary leaves in pg_control.
const stateShutDown = "shut down"

// drain waits until the replica has replayed the record of the shutdown, the last that the old primary wrote.
func (m *promotion) drain() plan.Step {
	next := m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "drain", Title: "wait until it has replayed everything, to the last byte",
		Commands: []string{"on " + m.Old.Node.Label + ": pg_controldata", "SELECT pg_last_wal_replay_lsn()"},
		Do: func(ctx context.Context, report plan.Progress) error {
			state, end, _, err := m.control(ctx)
			if err != nil {
				return err
			}
			if state != stateShutDown {
				return fmt.Errorf("%s: it was not shut down cleanly: %s", m.Old.Node.Label, state)
			}
			// The position is where the record begins: who has replayed more has replayed it.
			return m.from.replay(ctx, (parseLSN(end) + 1).String(), report)
		},
		Undo: plan.NoEffect("nothing: it only waits"),
	}, next)
}

// fence keeps a primary that is given up from taking writes, now and when it is started again.
func (m *promotion) fence() plan.Step {
	s := m.Step(plan.Step{
		ID: "fence", Title: "keep the old primary from taking writes", Closes: m.Old.Running,
		Commands: []string{"touch " + m.back.tn.DataDir + "/standby.signal", "systemctl stop " + m.back.tn.Service},
		Done: func(ctx context.Context) (bool, error) {
			_, _, fenced, err := m.control(ctx)
			return fenced && m.Adopt, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.shut(ctx) },
		Undo: plan.Undoable("take the fence away", func(ctx context.Context, _ plan.Progress) error {
			if m.Old.Running {
				return m.reopen(ctx)
			}
			return replica.DropState(ctx, m.back.Target.Runner(), m.back.tn.DataDir+"/standby.signal")
		}),
	}, m.Old.Node.Label)
	if m.Old.Running {
		s.Disrupts = m.Old.Node.Label + " stops"
	}
	return s
}

// promote ends the recovery of the replica: from here there is no way back to the old primary that loses nothing.
func (m *promotion) promote() plan.Step {
	next := m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "promote", Title: "make it the primary", Commands: []string{"SELECT pg_promote()"}, Opens: true,
		Undo: plan.Permanent(next + " is the primary now, and may have taken writes; the same command finishes the rest"),
		Done: func(ctx context.Context) (bool, error) {
			out, err := ask(ctx, m.Next, "see whether it recovers", "SELECT pg_is_in_recovery()")
			return out == "f", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := change(ctx, m.Next, "promote", "SELECT pg_promote(true, 300)"); err != nil {
				return err
			}
			err := replica.Until(ctx, 5*time.Minute, func(ctx context.Context) (bool, error) {
				out, err := ask(ctx, m.Next, "see whether it recovers", "SELECT pg_is_in_recovery()")
				return out == "f", err
			})
			if err != nil {
				return fmt.Errorf("%s: waiting for the promotion: %w", next, err)
			}
			return nil
		},
	}, next)
}
