package mysql

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

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
