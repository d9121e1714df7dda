package mysql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// leave ends the replication of the replica and takes out what made it one. Each step is one that is done or not: what is
// half done would be taken for nothing, and the message would be wrong.
func (m making) leave(primaryAnswers bool) []plan.Step {
	options := m.ownOptions()
	var steps []plan.Step
	if !m.target.Running {
		steps = append(steps, m.Step(plan.Step{
			ID: "start", Server: m.To(), Title: "start the replica, to make it a server of its own", Lane: m.To(),
			Commands: []string{"systemctl start " + m.tn.Service},
			Done: func(ctx context.Context) (bool, error) {
				if m.Target.Answers(ctx) == nil {
					return true, nil
				}
				return options.Done(ctx)
			},
			Do:   func(ctx context.Context, _ plan.Progress) error { return m.Target.StartIfDown(ctx) },
			Undo: plan.Permanent("a replica that runs does no harm"),
		}))
	}
	steps = append(steps, m.Step(plan.Step{
		ID: "promote", Server: m.To(), Title: "make it a server of its own, with its data", Lane: m.To(),
		Commands: []string{m.tn.words(stopThreads), m.tn.words(forgetSource), "ALTER EVENT … ENABLE   -- those that are enabled on " + m.writable().Node.Label},
		Disrupts: m.To() + " no longer follows",
		Undo:     plan.Permanent("the replica goes its own way from here; enable or resync makes it one again"),
		Done: func(ctx context.Context) (bool, error) {
			c, err := m.channels(ctx)
			if err != nil { // it may have been left stopped by an earlier run
				return options.Done(ctx)
			}
			if len(c) > 0 {
				return false, nil
			}
			out, err := ask(ctx, m.target, "look for accounts of replicas", "SELECT COUNT(*) FROM mysql.user WHERE user LIKE 'belt\\_%'")
			return out == "0", err
		},
		Do: func(ctx context.Context, report plan.Progress) error { return m.part(ctx, primaryAnswers, report) },
	}))
	return append(steps, options)
}

// part lets the replica take what its primary has, and ends the connection.
func (m making) part(ctx context.Context, primaryAnswers bool, report plan.Progress) error {
	if primaryAnswers {
		m.lastCatchUp(ctx, report)
	}
	// The events first: once it follows nothing, this step counts as done.
	if primaryAnswers {
		if err := m.enableEvents(ctx); err != nil {
			return err
		}
	}
	var sql strings.Builder
	if _, ours := m.pn.saved()[pluginNote]; ours && m.tn.hasPlugin("clone") {
		sql.WriteString("UNINSTALL PLUGIN clone;\n") // it came with the data
	}
	sql.WriteString(m.tn.words(stopThreads) + ";\n")
	if err := m.dropCopiedAccounts(ctx, &sql); err != nil {
		return err
	}
	// MariaDB's gtid_slave_pos stays: it cannot be set to less than what its binary log has of its own.
	sql.WriteString(m.tn.words(forgetSource) + ";")
	return m.writably(ctx, "end the replication", sql.String())
}

// writably runs SQL on the replica, which may be read-only for administrators too.
func (m making) writably(ctx context.Context, title, sql string) error {
	if m.tn.has(superReadOnly) {
		sql = "SET GLOBAL super_read_only = OFF;\n" + sql
	}
	return changeHere(ctx, m.target, title, sql)
}

// dropCopiedAccounts takes away the accounts of the primary's replicas, which came with its data: nobody here needs them.
func (m making) dropCopiedAccounts(ctx context.Context, sql *strings.Builder) error {
	out, err := ask(ctx, m.target, "look for accounts of replicas", "SELECT CONCAT(user, '\\t', host) FROM mysql.user WHERE user LIKE 'belt\\_%'")
	if err != nil || out == "" {
		return err
	}
	for _, line := range strings.Split(out, "\n") {
		name, host, _ := strings.Cut(line, "\t")
		fmt.Fprintf(sql, "DROP USER IF EXISTS %s;\n", user(name, host))
	}
	return nil
}

// enableEvents gives events back the state that they have on the primary. Those that were made while it was a replica
// came as disabled on it.
func (m making) enableEvents(ctx context.Context) error {
	const list = "SELECT CONCAT(event_schema, '\\t', event_name) FROM information_schema.events WHERE status "
	here, err := ask(ctx, m.target, "look for events that are disabled here", list+"NOT IN ('ENABLED', 'DISABLED')")
	if err != nil || here == "" {
		return err
	}
	there, err := ask(ctx, m.writable(), "look for events that are enabled", list+"= 'ENABLED'")
	if err != nil {
		return err
	}
	enabled := map[string]bool{}
	for _, line := range strings.Split(there, "\n") {
		enabled[line] = true
	}
	var sql strings.Builder
	for _, line := range strings.Split(here, "\n") {
		schema, name, _ := strings.Cut(line, "\t")
		fmt.Fprintf(&sql, "ALTER EVENT %s.%s %s;\n", ident(schema), ident(name), replica.Choose(enabled[line], "ENABLE", "DISABLE"))
	}
	return m.writably(ctx, "enable the events", sql.String())
}

// ownOptions takes Belt's options out and lets the server start with its own.
func (m making) ownOptions() plan.Step {
	s := m.Step(plan.Step{
		ID: "leave", Server: m.To(), Lane: m.To(), Title: "take out what made it a replica",
		Commands: []string{"rm " + m.tn.dropIn(), "systemctl restart " + m.tn.Service},
		Disrupts: fmt.Sprintf("%s restarts: about %.0f s; it takes writes from then on", m.To(), m.tn.restartSeconds()),
		Undo:     plan.Permanent("the replica is a server of its own now"),
		Done:     m.optionsGone,
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := m.Target.StartIfDown(ctx); err != nil {
				return err
			}
			if err := writeOptions(ctx, m.target, nil); err != nil {
				return err
			}
			if m.before["log_bin"] == "OFF" {
				if err := renewWithoutLogs(ctx, m.target); err != nil {
					return err
				}
			} else if !m.Options.Stop {
				return m.Target.Start(ctx, "restart")
			}
			if m.Options.Stop {
				return m.Target.Stop(ctx)
			}
			return nil
		},
	})
	if m.Options.Stop {
		s.Title += " and leave it stopped"
		s.Commands[1] = "systemctl stop " + m.tn.Service
		s.Disrupts = m.To() + " stops"
	}
	return s
}

// optionsGone tells whether the server runs, or is stopped, without Belt's options.
func (m making) optionsGone(ctx context.Context) (bool, error) {
	there, err := m.Target.Seen(ctx, m.tn.dropIn())
	if err != nil || there {
		return false, err
	}
	if m.Options.Stop {
		return m.Target.Answers(ctx) != nil, ctx.Err()
	}
	out, err := ask(ctx, m.target, "look for the options of a replica", "SELECT @@GLOBAL.read_only")
	return err == nil && out == "0", ctx.Err()
}

// lastCatchUp lets a replica that follows take what the primary has, so that it starts its own life complete. One that
// cannot is let go as it is.
func (m making) lastCatchUp(ctx context.Context, report plan.Progress) {
	if ok, err := m.streams(ctx); err != nil || !ok {
		return
	}
	short, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := m.catchUp(short, report); err != nil {
		report(0, 0, "letting it go as far as it is")
	}
}
