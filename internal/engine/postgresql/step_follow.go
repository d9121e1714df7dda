package postgresql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// role makes the role of the replica that the old primary will be. It is made there, while it can be, and comes to the new
// primary as all data does.
func (m *promotion) role() plan.Step {
	s := m.back.role()
	s.Server = m.Old.Node.Label
	works := s.Done
	s.Done = func(ctx context.Context) (bool, error) {
		if m.Adopt && m.back.Target.Answers(ctx) != nil {
			return true, ctx.Err() // it is stopped already: what is missing is made on the new primary
		}
		return works(ctx)
	}
	s.Do = func(ctx context.Context, _ plan.Progress) error { return m.back.makeRoleOn(ctx, m.writable()) }
	s.Undo = plan.Undoable("drop the role and the password file", func(ctx context.Context, _ plan.Progress) error {
		if m.back.Target.Answers(ctx) != nil {
			if err := m.reopen(ctx); err != nil {
				return err
			}
		}
		if err := change(ctx, m.Old, "drop role "+m.back.Name, dropRoleSQL(m.back.Name)); err != nil {
			return err
		}
		return m.back.dropSecrets(ctx)
	})
	return s
}

// writable is the server that takes the writes until the change.
func (m *promotion) writable() replication.Facts {
	if m.Passed {
		return m.Next
	}
	return m.Old
}

// reach proves that a follower gets in at the new primary; its role may still be on the way there.
func (m *promotion) reach(s making) plan.Step {
	step := s.reach()
	step.Do = func(ctx context.Context, _ plan.Progress) error { return s.loginSoon(ctx) }
	return step
}

// access lets in at the new primary whom the old one lets in now; enable did so, but rules may have come since.
func (m *promotion) access() (plan.Step, bool) {
	if m.Old.Err != nil {
		return plan.Step{}, false
	}
	file := m.from.tn.Settings["hba_file"].Value
	rules := missingRules(m.from.pn.Rules, m.from.tn.Rules)
	var before []string
	for _, line := range m.from.tn.Rules {
		if strings.HasSuffix(line, copiedMark) {
			before = append(before, line)
		}
	}
	same := func(a, b string) bool {
		return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
	}
	added := slices.ContainsFunc(rules, func(r string) bool {
		return !slices.ContainsFunc(before, func(b string) bool { return same(r, b) })
	})
	if !added || file == "" || strings.HasPrefix(file, m.from.tn.DataDir+"/") {
		return plan.Step{}, false
	}
	write := func(ctx context.Context, rules []string) error {
		if _, err := m.Next.Node.Runner.Run(ctx, replica.AsRoot("edit pg_hba.conf", copiedScript, append([]string{file}, rules...)...)); err != nil {
			return err
		}
		_, err := reload(ctx, m.Next, "")
		return err
	}
	return m.Step(plan.Step{
		ID: "access", Title: "let in whom " + m.Old.Node.Label + " lets in", Commands: replica.Prefixed("to "+file+": ", rules),
		Do:   func(ctx context.Context, _ plan.Progress) error { return write(ctx, rules) },
		Undo: plan.Undoable("take the lines out", func(ctx context.Context, _ plan.Progress) error { return write(ctx, before) }),
	}, m.Next.Node.Label), true
}

// demote makes the old primary, which was shut down cleanly, a replica of the new one: nothing has to be copied.
func (m *promotion) demote() plan.Step {
	s := m.back
	r := s.Target.Runner()
	return m.Step(plan.Step{
		ID: "demote", Title: "make the old primary a replica of " + m.Next.Node.Label, Lane: s.To(),
		Commands: []string{"write primary_conninfo and primary_slot_name", "systemctl start " + s.tn.Service},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done:     s.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := replica.PutState(ctx, r, s.WrittenFile(), s.writes()); err != nil {
				return err
			}
			if s.login(ctx) != nil { // a run that was cut off lost the password, or it was never made
				if err := s.makeRoleOn(ctx, m.Next); err != nil {
					return err
				}
			}
			if err := m.shut(ctx); err != nil {
				return err
			}
			if err := s.reconnect(ctx); err != nil {
				return err
			}
			log := s.logSize(ctx)
			if err := s.Target.Launch(ctx, "start"); err != nil {
				return fmt.Errorf("%w%s", err, s.logTail(ctx, log))
			}
			return s.follow(ctx, log, report)
		},
	}, s.To())
}

// turn makes another replica follow the new primary; primary_conninfo takes effect without a restart (PostgreSQL 13).
func (m *promotion) turn(s making) plan.Step {
	return m.Step(plan.Step{
		ID: "turn", Title: "follow " + m.Next.Node.Label, Lane: s.To(),
		Commands: []string{"ALTER SYSTEM SET primary_conninfo = …", "SELECT pg_reload_conf()"},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done:     s.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			if s.Between {
				cert, err := trustAnchor(ctx, m.Next)
				if err != nil {
					return err
				}
				if err := s.PutSecret(ctx, s.rootCert(), cert); err != nil {
					return err
				}
			}
			log := s.logSize(ctx)
			sql := fmt.Sprintf("ALTER SYSTEM SET primary_conninfo = %s;\nALTER SYSTEM SET primary_slot_name = %s;\n", literal(s.conninfo()), literal(s.Name))
			if _, err := reload(ctx, s.Target.Facts, sql); err != nil {
				return err
			}
			return s.follow(ctx, log, report)
		},
	}, s.To())
}

// tidyNext takes from the new primary what made it a replica. wal_log_hints stays: with it a primary that is lost can be
// rewound one day.
func (m *promotion) tidyNext() plan.Step {
	s := m.from
	gone := plan.Permanent("it is the primary now")
	reset := slices.DeleteFunc([]string{"primary_conninfo", "primary_slot_name", "wal_keep_size"}, func(name string) bool {
		return name == "wal_keep_size" && !slices.Contains(s.tn.Written, name)
	})
	var sql strings.Builder
	for _, name := range reset {
		fmt.Fprintf(&sql, "ALTER SYSTEM RESET %s;\n", name)
	}
	return m.Step(plan.Step{
		ID: "tidy", Title: "take out what made it a replica", Undo: gone,
		Commands: []string{"ALTER SYSTEM RESET " + strings.Join(reset, ", "), "DROP ROLE " + ident(s.Name), "rm " + s.passfile()},
		Done: func(ctx context.Context) (bool, error) {
			promoted, err1 := ask(ctx, m.Next, "see whether it recovers", "SELECT pg_is_in_recovery()")
			there, err2 := s.Target.Seen(ctx, s.WrittenFile())
			return promoted == "f" && err2 == nil && !there, errors.Join(err1, err2)
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if _, err := reload(ctx, m.Next, sql.String()); err != nil {
				return err
			}
			if err := change(ctx, m.Next, "drop role "+s.Name, dropRoleSQL(s.Name)+"\nCHECKPOINT;"); err != nil {
				return err
			}
			if err := s.dropSecrets(ctx); err != nil {
				return err
			}
			return replica.DropState(ctx, s.Target.Runner(), s.WrittenFile(), s.SwappedFile())
		},
	}, m.Next.Node.Label)
}

// tidyOld takes from the old primary what it held for its replicas: a slot of a standby that nobody reads from would keep
// WAL for ever.
func (m *promotion) tidyOld() plan.Step {
	names := []string{m.from.Name}
	for _, s := range m.siblings {
		names = append(names, s.Name)
	}
	file := m.back.tn.Settings["hba_file"].Value
	var commands []string
	for _, name := range names {
		commands = append(commands, fmt.Sprintf("SELECT pg_drop_replication_slot(%s)", literal(name)))
	}
	return m.Step(plan.Step{
		ID: "tidy", Title: "take out what it held for its replicas", Commands: append(commands, "edit "+file),
		Undo: plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			var quoted []string
			for _, name := range names {
				quoted = append(quoted, literal(name))
			}
			out, err := ask(ctx, m.Old, "look for slots", fmt.Sprintf("SELECT count(*) FROM pg_replication_slots WHERE slot_name IN (%s)", strings.Join(quoted, ", ")))
			return err == nil && out == "0" && !m.Adopt, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			for _, name := range names {
				one := m.from
				one.Name = name
				if err := one.dropSlot(ctx); err != nil {
					return err
				}
				if err := one.setHBA(ctx, nil); err != nil {
					return err
				}
			}
			return nil
		},
	}, m.Old.Node.Label)
}
