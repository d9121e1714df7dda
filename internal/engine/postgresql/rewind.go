package postgresql

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
)

// cannotRewind is the exit code of rewind.sh for a dry run that failed.
const cannotRewind = 3

// canRewind tells whether pg_rewind accepts the server as its target.
func (n *native) canRewind() bool {
	return n.Settings["wal_log_hints"].Value == "on" || n.Settings["data_checksums"].Value == "on" || n.RewindSafe
}

// rewindSteps copy the diverged data on the target itself, rewind the copy, and put it in place; where it cannot be
// rewound and the user did not insist, the data is copied whole.
func (m making) rewindSteps(insist bool) []plan.Step {
	title := "rewind a copy of its data to " + m.From() + "'s history"
	if !insist {
		title += ", or copy it whole"
	}
	grants := m.Step(plan.Step{
		ID: "grant", Server: m.TopLabel(), Title: "let " + m.Name + " read what pg_rewind needs",
		Commands: m.rewindRights("GRANT", "TO"),
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := change(ctx, m.Top, "grant", "CHECKPOINT;\n"+strings.Join(m.rewindRights("GRANT", "TO"), ";\n")); err != nil || !m.Chained {
				return err
			}
			if err := m.arrived(ctx); err != nil {
				return err
			}
			return change(ctx, m.Primary.Facts, "checkpoint", "CHECKPOINT")
		},
		Undo: plan.Undoable("take the rights back", func(ctx context.Context, _ plan.Progress) error { return m.revoke(ctx) }),
	})
	rewind := m.Step(plan.Step{
		ID: "rewind", Server: m.To(), Title: title, Lane: m.To(),
		Commands: []string{
			"systemctl stop " + m.tn.Service, "cp -a --reflink=auto " + m.tn.DataDir + " " + m.NewDir(),
			"pg_rewind --dry-run …", "pg_rewind --target-pgdata=" + m.NewDir() + " --source-server='" + m.conninfo() + "'",
		},
		Disrupts: m.To() + " is down from here until it is a replica again",
		Done:     m.Swapped,
		Do:       func(ctx context.Context, report plan.Progress) error { return m.rewind(ctx, insist, report) },
		Undo: plan.Undoable("delete the copy and start the old data again", func(ctx context.Context, _ plan.Progress) error {
			if err := m.DropCopy(ctx, m.places()...); err != nil {
				return err
			}
			if m.Ran {
				return m.Target.StartIfDown(ctx)
			}
			return m.Target.Stop(ctx)
		}),
	})
	revoke := m.Step(plan.Step{
		ID: "revoke", Server: m.TopLabel(), Title: "take back what pg_rewind needed", Commands: m.rewindRights("REVOKE", "FROM"),
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.revoke(ctx) },
		Undo: plan.NoEffect("nothing: it is what was before"),
	})
	steps := []plan.Step{grants, rewind}
	if s, needed := m.access(); needed {
		steps = append(steps, s)
	}
	return append(steps, m.swap(), m.start(), m.prove(), revoke)
}

// rewindRights are those of pg_rewind's manual for a role that is no superuser (PostgreSQL 11).
func (m making) rewindRights(verb, to string) []string {
	var out []string
	for _, f := range []string{
		"pg_ls_dir(text, boolean, boolean)", "pg_stat_file(text, boolean)",
		"pg_read_binary_file(text)", "pg_read_binary_file(text, bigint, bigint, boolean)",
	} {
		out = append(out, fmt.Sprintf("%s EXECUTE ON FUNCTION pg_catalog.%s %s %s", verb, f, to, ident(m.Name)))
	}
	return out
}

func (m making) revoke(ctx context.Context) error {
	return change(ctx, m.Top, "revoke", strings.Join(m.rewindRights("REVOKE", "FROM"), ";\n"))
}

func (m making) rewind(ctx context.Context, insist bool, report plan.Progress) error {
	// pg_rewind wants a server that was shut down cleanly; one that was killed is started and stopped first.
	if !m.Target.Facts.Running && !strings.HasPrefix(m.tn.Control, "shut down") {
		if err := m.Target.StartIfDown(ctx); err != nil {
			return err
		}
	}
	if err := m.Target.Stop(ctx); err != nil {
		return err
	}
	err := m.copy(ctx, rewindScript, []string{m.tn.BinDir, m.tn.DataDir, m.NewDir(), m.copyConninfo("dbname", "postgres")}, report)
	if err == nil {
		report(0, 0, "rewound")
	}
	var failed *job.FailedError
	if err == nil || insist || !errors.As(err, &failed) || failed.Code != cannotRewind {
		return err
	}
	report(0, 0, "it cannot be rewound ("+lastLine(err.Error())+"): copying it whole")
	return m.copy(ctx, seedScript, m.seedArgs(), report)
}
