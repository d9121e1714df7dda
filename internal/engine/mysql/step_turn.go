package mysql

import (
	"context"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

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
	note := m.back.note()
	if note.Known, err = ask(ctx, m.Old, "read what it logged", "SELECT @@GLOBAL.gtid_binlog_state"); err != nil {
		return err
	}
	if err := replica.PutState(ctx, m.Old.Node.Runner, m.back.WrittenFile(), note); err != nil {
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
