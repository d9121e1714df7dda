package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// closeSQL makes a server read-only for good. MariaDB's read_only lets those commit that have begun to, so all tables are
// locked for the moment of the change; super_read_only of MySQL waits for them itself.
func (m *promotion) closeSQL() string {
	if m.back.tn.has(superReadOnly) {
		return "SET SESSION lock_wait_timeout = 30;\nSET GLOBAL event_scheduler = OFF;\nSET GLOBAL super_read_only = ON;"
	}
	return "SET SESSION lock_wait_timeout = 30;\nSET GLOBAL event_scheduler = OFF;\nFLUSH TABLES WITH READ LOCK;\nSET GLOBAL read_only = ON;\nUNLOCK TABLES;"
}

// close ends the writes: it makes the old primary read-only, in its options first, so that a restart does not bring it back,
// and waits until the replica has applied all that it logged.
func (m *promotion) close() plan.Step {
	old, next := m.Old.Node.Label, m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "close", Title: "make the primary read-only, and wait until " + next + " has all that it logged", Closes: true,
		Commands: append([]string{"write " + m.back.tn.dropIn()}, append(strings.Split(m.closeSQL(), "\n"), "KILL …   -- sessions of clients", "on "+next+": "+m.from.engine.flavour.appliedSQL())...),
		Disrupts: fmt.Sprintf("no writes from here until %s takes them: about %d s", next, switchSeconds),
		Do: func(ctx context.Context, report plan.Progress) error {
			c, err := m.from.channels(ctx)
			if err != nil {
				return err
			}
			if len(c) != 1 || c[0].Reading != "Yes" || c[0].Applying != "Yes" {
				return fmt.Errorf("%s: %s does not follow any more", old, next)
			}
			if err := replica.PutState(ctx, m.Old.Node.Runner, m.back.WrittenFile(), m.back.note()); err != nil {
				return err
			}
			if err := writeOptions(ctx, m.Old, optionTexts(m.back.replicaOptions())); err != nil {
				return err
			}
			if err := m.back.Target.StartIfDown(ctx); err != nil {
				return err
			}
			if err := change(ctx, m.Old, "make it read-only", m.closeSQL()); err != nil {
				return err
			}
			if err := m.disconnect(ctx); err != nil {
				return err
			}
			return m.drained(ctx, report)
		},
		Undo: plan.Undoable("let it take writes again", func(ctx context.Context, _ plan.Progress) error { return m.reopen(ctx) }),
	}, old)
}

// disconnect ends the sessions of clients: they come back, by the variables that they then have.
func (m *promotion) disconnect(ctx context.Context) error {
	out, err := ask(ctx, m.Old, "look for sessions of clients", "SELECT id FROM information_schema.processlist WHERE command NOT IN "+
		"('Binlog Dump', 'Binlog Dump GTID', 'Daemon', 'Slave_IO', 'Slave_SQL') AND user NOT IN ('system user', 'event_scheduler') AND id <> CONNECTION_ID()")
	if err != nil || out == "" {
		return err
	}
	for _, id := range strings.Split(out, "\n") {
		// 1094: it ended by itself.
		if _, err := (statement{title: "end a session", sql: "KILL " + id + ";"}).run(ctx, m.Old); err != nil && !strings.Contains(err.Error(), "1094") {
			return err
		}
	}
	return nil
}

// drained waits until the replica has applied all that the old primary logged. An account that read_only does not bind may
// have written on: then again.
func (m *promotion) drained(ctx context.Context, report plan.Progress) error {
	position := m.from.engine.flavour.positionSQL()
	for range 5 {
		goal, err := ask(ctx, m.Old, "read the position", position)
		if err != nil {
			return err
		}
		short, cancel := context.WithTimeoutCause(ctx, time.Minute, fmt.Errorf("%s: it did not catch up within a minute", m.Next.Node.Label))
		err = m.from.applied(short, goal, report)
		cancel()
		if err != nil {
			return err
		}
		if now, err := ask(ctx, m.Old, "read the position", position); err != nil || now == goal {
			return err
		}
	}
	return fmt.Errorf("%s: somebody writes although it is read-only: an account with READ ONLY ADMIN or SUPER", m.Old.Node.Label)
}

// reopen lets the old primary take writes again, unless the new one does.
func (m *promotion) reopen(ctx context.Context) error {
	out, err := ask(ctx, m.Next, "see whether it takes writes", "SELECT @@GLOBAL.read_only")
	if err != nil || out != "1" {
		return fmt.Errorf("%s: not opened, since %s may take writes: %w", m.Old.Node.Label, m.Next.Node.Label, errors.Join(err, replica.ErrTwoPrimaries))
	}
	if err := writeOptions(ctx, m.Old, m.back.tn.saved().texts()); err != nil {
		return err
	}
	if err := m.back.Target.StartIfDown(ctx); err != nil {
		return err
	}
	sql := "SET GLOBAL read_only = OFF;\n"
	if m.back.tn.has(superReadOnly) {
		sql = "SET GLOBAL super_read_only = OFF;\n" + sql
	}
	if m.note.Events != "" && m.note.Events != "DISABLED" {
		sql += "SET GLOBAL event_scheduler = " + m.note.Events + ";\n"
	}
	if err := change(ctx, m.Old, "let it take writes again", sql); err != nil {
		return err
	}
	return replica.DropState(ctx, m.Old.Node.Runner, m.back.WrittenFile())
}

// left tells whether the old primary is not what it was before the run.
func (m *promotion) left(ctx context.Context) (bool, error) {
	return m.back.Target.Seen(ctx, m.back.WrittenFile())
}

// fence stops a primary that is given up; its options keep it from taking writes when somebody starts it again.
func (m *promotion) fence() plan.Step {
	s := m.Step(plan.Step{
		ID: "fence", Title: "keep the old primary from taking writes", Closes: m.Old.Running,
		Commands: []string{"to " + m.back.tn.dropIn() + ": read_only = ON", "systemctl stop " + m.back.tn.Service},
		Done: func(ctx context.Context) (bool, error) {
			there, err := m.left(ctx)
			return there && m.Adopt, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			options := m.back.tn.saved().texts()
			options["read_only"], options["event_scheduler"] = "ON", "OFF"
			if m.back.tn.has(superReadOnly) {
				options["super_read_only"] = "ON"
			}
			if err := replica.PutState(ctx, m.Old.Node.Runner, m.back.WrittenFile(), written{Options: options, Before: m.back.before}); err != nil {
				return err
			}
			if err := writeOptions(ctx, m.Old, options); err != nil {
				return err
			}
			return m.back.Target.Stop(ctx)
		},
		Undo: plan.Undoable("take the fence away", func(ctx context.Context, _ plan.Progress) error {
			if err := writeOptions(ctx, m.Old, m.back.tn.saved().texts()); err != nil {
				return err
			}
			if m.Old.Running {
				if err := m.back.Target.StartIfDown(ctx); err != nil {
					return err
				}
			}
			return replica.DropState(ctx, m.Old.Node.Runner, m.back.WrittenFile())
		}),
	}, m.Old.Node.Label)
	if m.Old.Running {
		s.Disrupts = m.Old.Node.Label + " stops"
	}
	return s
}
