package mysql

import (
	"context"
	"strings"

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
	s.Do = func(ctx context.Context, _ plan.Progress) error { return m.back.logInSoon(ctx) }
	return s
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

// claim makes the lost primary's account on the new one: by it the server is known for what it was when it comes back.
func (m *promotion) claim() plan.Step {
	s := m.back
	from := m.Old.Node.Address(m.Next.Node, s.Options.Over)
	return m.Step(plan.Step{
		ID: "claim." + s.To(), Title: "make account " + s.Name + ", by which " + s.To() + " is known when it comes back",
		Commands: []string{"CREATE USER " + user(s.Name, from) + " IDENTIFIED BY …"},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			out, err := ask(ctx, m.Next, "look for "+s.Name, "SELECT COUNT(*) FROM mysql.user WHERE user = "+quoted(s.Name))
			return err == nil && out != "0", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return s.claimOn(ctx, m.Next, from) },
	}, m.Next.Node.Label)
}

var _ replication.Promoter = (*Engine)(nil)
