package postgresql

import (
	"context"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
)

// seed copies the primary's data into a new folder on the target, as a job that outlives the connection.
func (m making) seed() plan.Step {
	copying := fmt.Sprintf("pg_basebackup -d '%s' -D %s -X stream -S %s -c fast", m.conninfo(), m.NewDir(), m.Name)
	return m.Step(plan.Step{
		ID: "seed", Server: m.To(), Title: "copy the data from " + m.From(), Lane: m.To(),
		Commands: []string{copying, "pg_verifybackup " + m.NewDir(), "sync -f " + m.NewDir()},
		Done:     m.Swapped,
		Do: func(ctx context.Context, report plan.Progress) error {
			return m.copy(ctx, seedScript, m.seedArgs(), report)
		},
		Undo: plan.Undoable("stop the copy and delete it", func(ctx context.Context, _ plan.Progress) error { return m.DropCopy(ctx, m.places()...) }),
	})
}

func (m making) seedArgs() []string {
	args := []string{m.tn.BinDir, m.NewDir(), m.copyConninfo(), m.Name, fmt.Sprint(m.Options.MaxRate)}
	for _, t := range m.pn.Tablespaces {
		args = append(args, t.Path+"="+m.tablespace(t))
	}
	return args
}

// tablespace is where the target keeps its copy of a tablespace: beside the primary's path, in a folder of this run, so
// that a kept data folder and a new one never share one.
func (m making) tablespace(t tablespace) string { return t.Path + ".belt-" + m.Run }

// places are the folders of the copy that lie outside of the data folder.
func (m making) places() []string {
	var out []string
	for _, t := range m.pn.Tablespaces {
		out = append(out, m.tablespace(t))
	}
	return out
}

// copy runs one of the scripts that fill the new folder, and follows it.
func (m making) copy(ctx context.Context, script string, args []string, report plan.Progress) error {
	r := m.Target.Facts.Node.Runner
	for _, folder := range append([]string{m.NewDir()}, m.places()...) {
		if err := m.MakeNew(ctx, folder); err != nil {
			return err
		}
	}
	j, err := job.Start(ctx, r, job.Spec{
		ID: m.JobID(), Title: "copy the data from " + m.From(), As: m.tn.Owner, Script: script, Args: args,
	})
	var other *job.OtherError
	if m.Adopt && errors.As(err, &other) {
		// The unfinished run's own copy, begun with another --max-rate: it is as good.
		j, err = job.At(r, m.JobID()), nil
	}
	if err != nil {
		return err
	}
	return j.Follow(ctx, report)
}
