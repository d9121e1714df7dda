package postgresql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// leave ends the recovery of the replica and takes out what made it one. Each step is one that is done or not: what is
// half done would be taken for nothing, and the message would be wrong.
func (m making) leave() []plan.Step {
	settings := m.forgetPrimary()
	var steps []plan.Step
	if !m.Target.Facts.Running {
		steps = append(steps, m.Step(plan.Step{
			ID: "start", Server: m.To(), Title: "start the replica, to make it a server of its own", Lane: m.To(),
			Commands: []string{"systemctl start " + m.tn.Service},
			Done: func(ctx context.Context) (bool, error) {
				if _, err := ask(ctx, m.Target.Facts, "see whether PostgreSQL answers", "SELECT 1"); err == nil {
					return true, nil
				}
				return settings.Done(ctx)
			},
			Do:   func(ctx context.Context, _ plan.Progress) error { return m.Target.StartIfDown(ctx) },
			Undo: plan.Permanent("a replica that runs does no harm"),
		}))
	}
	if m.Target.Facts.Replica {
		steps = append(steps, m.Step(plan.Step{
			ID: "promote", Server: m.To(), Title: "make it a server of its own, writable, with its data", Lane: m.To(),
			Commands: []string{"SELECT pg_promote()"},
			Disrupts: m.To() + " takes writes from here; it no longer follows",
			Undo:     plan.Permanent("the replica goes its own way from here; enable or resync makes it one again"),
			Done: func(ctx context.Context) (bool, error) {
				standby, err := m.Target.Seen(ctx, m.tn.DataDir+"/standby.signal")
				return err == nil && !standby, err
			},
			Do: m.promote,
		}))
	}
	return append(steps, settings)
}

func (m making) promote(ctx context.Context, report plan.Progress) error {
	if out, err := ask(ctx, m.Target.Facts, "see whether it recovers", "SELECT pg_is_in_recovery()"); err != nil || out == "f" {
		return err
	}
	m.lastCatchUp(ctx, report)
	if err := change(ctx, m.Target.Facts, "promote", "SELECT pg_promote(true, 300)"); err != nil {
		return err
	}
	err := replica.Until(ctx, 5*time.Minute, func(ctx context.Context) (bool, error) {
		out, err := ask(ctx, m.Target.Facts, "see whether it recovers", "SELECT pg_is_in_recovery()")
		return out == "f", err
	})
	if err != nil {
		return fmt.Errorf("%s: waiting for the promotion: %w", m.To(), err)
	}
	return nil
}

// forgetPrimary takes out the settings that Belt wrote, and the roles that came with the copy.
func (m making) forgetPrimary() plan.Step {
	names := slices.Compact(slices.Sorted(slices.Values(append(m.writes(), m.tn.Written...))))
	s := m.Step(plan.Step{
		ID: "leave", Server: m.To(), Lane: m.To(), Title: "take out what made it a replica",
		Commands: []string{"ALTER SYSTEM RESET " + strings.Join(names, ", "), "DROP ROLE …   -- those of replicas, which came with the copy", "systemctl restart " + m.tn.Service},
		Disrupts: m.To() + " restarts: about " + fmt.Sprint(restartSeconds) + " s",
		Undo:     plan.Permanent("the replica is a server of its own now"),
		Done:     func(ctx context.Context) (bool, error) { return m.forgotten(ctx, names) },
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := m.Target.StartIfDown(ctx); err != nil {
				return err
			}
			var sql strings.Builder
			for _, name := range names {
				fmt.Fprintf(&sql, "ALTER SYSTEM RESET %s;\n", name)
			}
			if err := change(ctx, m.Target.Facts, "forget the primary", sql.String()+dropCopiedRoles+"CHECKPOINT;"); err != nil {
				return err
			}
			if len(m.tn.Saved) > 0 { // it was a primary once, and has replicas no more
				if err := restoreSettings(ctx, m.Target.Facts, nil, false, report); err != nil {
					return err
				}
			}
			if m.Options.Stop {
				return m.Target.Stop(ctx)
			}
			return m.Target.Start(ctx, "restart")
		},
	})
	if m.Options.Stop {
		s.Title += " and leave it stopped"
		s.Commands[2] = "systemctl stop " + m.tn.Service
		s.Disrupts = m.To() + " stops"
	}
	return s
}

// forgotten tells whether the replica runs, or is stopped, without any of the settings that made it one.
func (m making) forgotten(ctx context.Context, names []string) (bool, error) {
	result, err := m.Target.Facts.Node.Runner.Run(ctx, replica.Look("look at the data folder",
		`[ ! -e "$1/standby.signal" ] && ! grep -qs '^primary_' "$1/postgresql.auto.conf" && echo yes; exit 0`, m.tn.DataDir))
	if err != nil || strings.TrimSpace(result.Stdout) != "yes" {
		return false, err
	}
	if len(m.tn.Saved) > 0 {
		if record, err := readSaved(ctx, m.Target.Facts); err != nil || len(record) > 0 {
			return false, err
		}
	}
	var quoted []string
	for _, name := range names {
		quoted = append(quoted, literal(name))
	}
	inForce, err := ask(ctx, m.Target.Facts, "look for the settings of a replica", fmt.Sprintf(
		"SELECT count(*) FROM pg_settings WHERE sourcefile LIKE '%%%s' AND name IN (%s)", autoConfName, strings.Join(quoted, ", ")))
	if m.Options.Stop {
		return err != nil, ctx.Err()
	}
	return err == nil && inForce == "0", ctx.Err()
}

// dropCopiedRoles takes away the roles of the primary's replicas, which came with its data: nobody there needs them.
const dropCopiedRoles = `DO $belt$
DECLARE name text;
BEGIN
  FOR name IN SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE 'belt: replica %' LOOP
    EXECUTE format('DROP OWNED BY %1$I; DROP ROLE %1$I', name);
  END LOOP;
END $belt$;
`

// lastCatchUp lets a replica that streams take what the primary has, so that it starts its own life complete. One that
// cannot is let go as it is.
func (m making) lastCatchUp(ctx context.Context, report plan.Progress) {
	if m.pn.SystemIdentifier == "" || !m.Primary.Facts.Running || !m.Top.Running {
		return
	}
	if ok, err := m.streams(ctx); err != nil || !ok {
		return
	}
	short, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := m.catchUp(short, report); err != nil {
		report(0, 0, "promoting it as far as it is")
	}
}
