package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// account makes the account of the replica that the old primary will be. It is made there, while it can be, and comes to the
// new one as all changes do.
func (m *promotion) account() plan.Step {
	s := m.back.account()
	s.Server = m.Old.Node.Label
	works := s.Done
	s.Done = func(ctx context.Context) (bool, error) {
		if m.Adopt && !m.Passed {
			if out, err := ask(ctx, m.Old, "see whether it takes writes", "SELECT @@GLOBAL.read_only"); err != nil || out == "1" {
				return true, ctx.Err() // it is closed already: what is missing is made on the new primary
			}
		}
		return works(ctx)
	}
	writable := m.Old
	if m.Passed {
		writable = m.Next
	}
	s.Do = func(ctx context.Context, _ plan.Progress) error { return m.back.makeAccountOn(ctx, writable) }
	s.Undo = plan.Undoable("drop the account and its password", func(ctx context.Context, _ plan.Progress) error {
		if out, err := ask(ctx, m.Old, "see whether it takes writes", "SELECT @@GLOBAL.read_only"); err != nil || out == "1" {
			if err := m.reopen(ctx); err != nil {
				return err
			}
		}
		one := m.back
		one.primary = m.Old
		if err := one.dropAccount(ctx); err != nil {
			return err
		}
		return m.back.dropSecrets(ctx)
	})
	if !m.note.NewUser || m.Passed {
		s.Adopt, s.Undo = false, plan.NoEffect("nothing: the replica needs it in any case")
	}
	return s
}

// reach proves that the old primary gets in at the new one; its account may still be on the way there.
func (m *promotion) reach() plan.Step {
	s := m.back.reach()
	s.Do = func(ctx context.Context, _ plan.Progress) error {
		var last error
		err := replica.Until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
			last = m.back.logIn(ctx)
			return last == nil, ctx.Err()
		})
		if err != nil && last != nil {
			return last
		}
		return err
	}
	return s
}

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
		return fmt.Errorf("%s: not opened, since %s may take writes: %w", m.Old.Node.Label, m.Next.Node.Label, errors.Join(err, errPromoted))
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

var errPromoted = errors.New("there must not be two primaries")

// left tells whether the old primary is not what it was before the run.
func (m *promotion) left(ctx context.Context) (bool, error) {
	return m.back.Target.Seen(ctx, m.back.WrittenFile())
}

// open lets the replica take writes: from here there is no way back that loses nothing.
func (m *promotion) open() plan.Step {
	next := m.Next.Node.Label
	n := m.from.tn
	sql := []string{n.words(stopThreads) + ";", n.words(forgetSource) + ";"}
	if n.has(superReadOnly) {
		sql = append(sql, "SET GLOBAL super_read_only = OFF;")
	}
	sql = append(sql, "SET GLOBAL read_only = OFF;")
	return m.Step(plan.Step{
		ID: "promote", Title: "make it the primary", Commands: sql, Opens: true,
		Undo: plan.Permanent(next + " is the primary now, and may have taken writes; the same command finishes the rest"),
		Done: func(ctx context.Context) (bool, error) {
			out, err := ask(ctx, m.Next, "see whether it takes writes", "SELECT @@GLOBAL.read_only")
			if err != nil || out != "0" {
				return false, err
			}
			c, err := m.from.channels(ctx)
			return err == nil && len(c) == 0, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return changeHere(ctx, m.Next, "make it the primary", strings.Join(sql, "\n"))
		},
	}, next)
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

// settle takes from the new primary what made it a replica, and keeps what its replicas need.
func (m *promotion) settle() plan.Step {
	s := m.from
	return m.Step(plan.Step{
		ID: "settle", Title: "take out what made it a replica", Undo: plan.Permanent("it is the primary now"),
		Commands: []string{"write " + s.tn.dropIn(), "ALTER EVENT … ENABLE   -- those that were enabled on " + m.Old.Node.Label, "DROP USER " + quoted(s.Name) + "@…"},
		Done: func(ctx context.Context) (bool, error) {
			there, err := s.Target.Seen(ctx, s.WrittenFile())
			if err != nil || there {
				return false, err
			}
			out, err := ask(ctx, m.Next, "see whether it takes writes", "SELECT @@GLOBAL.read_only")
			return err == nil && out == "0", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.doSettle(ctx) },
	}, m.Next.Node.Label)
}

func (m *promotion) doSettle(ctx context.Context) error {
	s, r := m.from, m.Next.Node.Runner
	kept := m.kept()
	if err := replica.PutState(ctx, r, s.Target.StateFile("settings"), kept); err != nil {
		return err
	}
	if err := writeOptions(ctx, m.Next, kept.texts()); err != nil {
		return err
	}
	if !m.Lost && m.back.Target.Answers(ctx) == nil {
		if err := m.enableEvents(ctx); err != nil {
			return err
		}
	}
	if m.note.Events == "ON" {
		if err := change(ctx, m.Next, "start the event scheduler", "SET GLOBAL event_scheduler = ON;"); err != nil {
			return err
		}
	}
	own := s
	own.primary = m.Next
	if err := own.dropAccount(ctx); err != nil {
		return err
	}
	if err := s.dropSecrets(ctx); err != nil {
		return err
	}
	return replica.DropState(ctx, r, s.WrittenFile(), s.SwappedFile())
}

// enableEvents gives the events the state that they had on the old primary; its replicas are to have it, too.
func (m *promotion) enableEvents(ctx context.Context) error {
	const list = "SELECT CONCAT(event_schema, '\\t', event_name) FROM information_schema.events WHERE status "
	here, err := ask(ctx, m.Next, "look for events that are disabled here", list+"NOT IN ('ENABLED', 'DISABLED')")
	if err != nil || here == "" {
		return err
	}
	there, err := ask(ctx, m.Old, "look for events that are enabled", list+"= 'ENABLED'")
	if err != nil {
		return err
	}
	var sql strings.Builder
	for _, line := range strings.Split(here, "\n") {
		schema, name, _ := strings.Cut(line, "\t")
		enabled := strings.Contains("\n"+there+"\n", "\n"+line+"\n")
		fmt.Fprintf(&sql, "ALTER EVENT %s.%s %s;\n", ident(schema), ident(name), replica.Choose(enabled, "ENABLE", "DISABLE"))
	}
	return changeHere(ctx, m.Next, "enable the events", sql.String())
}

// claim makes the lost primary's account on the new one: by it the server is known for what it was when it comes back.
func (m *promotion) claim() plan.Step {
	s := m.back
	name := user(s.Name, m.Old.Node.Address(m.Next.Node, s.Options.Over))
	return m.Step(plan.Step{
		ID: "claim." + s.To(), Title: "make account " + s.Name + ", by which " + s.To() + " is known when it comes back",
		Commands: []string{"CREATE USER " + name + " IDENTIFIED BY …"},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			out, err := ask(ctx, m.Next, "look for "+s.Name, "SELECT COUNT(*) FROM mysql.user WHERE user = "+quoted(s.Name))
			return err == nil && out != "0", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return change(ctx, m.Next, "make account "+s.Name, fmt.Sprintf("CREATE USER IF NOT EXISTS %s %s REQUIRE SSL;", name, s.engine.flavour.identified(newPassword())))
		},
	}, m.Next.Node.Label)
}

// rejoin makes the old primary a replica of the new one, from where its own log ends: it restarts with its new options.
func (m *promotion) rejoin() plan.Step {
	s := m.back
	commands := []string{"systemctl restart " + s.tn.Service}
	if s.engine.flavour == mariaDB {
		commands = append(commands, "SET GLOBAL gtid_slave_pos = @@GLOBAL.gtid_binlog_pos")
	}
	return m.Step(plan.Step{
		ID: "rejoin", Title: "make the old primary a replica of " + m.Next.Node.Label, Lane: s.To(),
		Commands: append(commands, s.followCommands()...),
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done:     s.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := writeOptions(ctx, m.Old, optionTexts(s.replicaOptions())); err != nil {
				return err
			}
			if s.logIn(ctx) != nil { // the account is on its way no more: a run that was cut off had not made it
				if err := s.makeAccountOn(ctx, m.Next); err != nil {
					return err
				}
			}
			if err := s.Target.Start(ctx, "restart"); err != nil {
				return err
			}
			if err := m.setPosition(ctx); err != nil {
				return err
			}
			if err := s.connect(ctx); err != nil {
				return err
			}
			return s.followed(ctx, report)
		},
	}, s.To())
}

// setPosition tells MariaDB that it has applied all that it logged itself.
func (m *promotion) setPosition(ctx context.Context) error {
	if m.back.engine.flavour != mariaDB {
		return nil
	}
	c, err := m.back.channels(ctx)
	if err != nil || len(c) > 0 {
		return err
	}
	position, err := ask(ctx, m.Old, "read the position", m.back.engine.flavour.positionSQL())
	if err != nil {
		return err
	}
	return changeHere(ctx, m.Old, "note its own position", "SET GLOBAL gtid_slave_pos = "+quoted(position)+";")
}

// turn makes another replica follow the new primary.
func (m *promotion) turn(s making) plan.Step {
	return m.Step(plan.Step{
		ID: "turn", Title: "follow " + m.Next.Node.Label, Lane: s.To(),
		Commands: s.followCommands(),
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done:     s.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			password, err := s.password(ctx)
			if err != nil {
				return err
			}
			if s.Between {
				cert, err := trustAnchor(ctx, m.Next)
				if err != nil {
					return err
				}
				if err := s.PutSecret(ctx, s.rootCert(), cert); err != nil {
					return err
				}
			}
			if err := s.putLogin(ctx, password); err != nil {
				return err
			}
			note := s.tn.written()
			note.Source = s.source()
			if err := replica.PutState(ctx, s.target.Node.Runner, s.WrittenFile(), note); err != nil {
				return err
			}
			if err := s.connect(ctx); err != nil {
				return err
			}
			return s.followed(ctx, report)
		},
	}, s.To())
}

// tidyOld forgets what the old primary's options were for: they are those of a replica now.
func (m *promotion) tidyOld() plan.Step {
	i := m.back.Target
	return m.Step(plan.Step{
		ID: "tidy", Title: "remove the note of its options as a primary", Commands: []string{"rm " + i.StateFile("settings")},
		Undo: plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			there, err := i.Seen(ctx, i.StateFile("settings"))
			return !there && !m.Adopt && err == nil, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return replica.DropState(ctx, m.Old.Node.Runner, i.StateFile("settings"))
		},
	}, m.Old.Node.Label)
}

var _ replication.Promoter = (*Engine)(nil)
