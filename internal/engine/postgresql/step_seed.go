package postgresql

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
)

// discard deletes the target's old data before the copy, where the user gave it up.
func (m making) discard() plan.Step {
	return m.step(plan.Step{
		ID: "discard", Server: m.to(), Title: "delete the old data", Lane: m.to(),
		Commands: []string{"systemctl stop " + m.tn.Service, "find " + m.tn.DataDir + " -mindepth 1 -delete"},
		Disrupts: m.to() + " is down from here until the copy is complete",
		Destroys: fmt.Sprintf("%s of data in %s on %s: no undo afterwards", size(m.tn.used()), m.tn.DataDir, m.to()),
		Done: func(ctx context.Context) (bool, error) {
			if swapped, err := m.swapped(ctx); err != nil || swapped {
				return swapped, err // what is there is the copy
			}
			result, err := m.target.Node.Runner.Run(ctx, look("look for old data",
				`[ -e "$1/PG_VERSION" ] && [ ! -e "$2" ] && echo there; exit 0`, m.tn.DataDir, m.newDir()+".complete"))
			return result.Stdout == "", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			// The folder itself stays: it may be a mount point, and its mode and owner are the distribution's.
			_, err := m.target.Node.Runner.Run(ctx, asRoot("delete the old data",
				`set -e; systemctl stop "$1"; find "$2" -mindepth 1 -delete`, m.tn.Service, m.tn.DataDir))
			return err
		},
		Undo: plan.Permanent("the old data is deleted: --discard-old was given"),
	})
}

// seed copies the primary's data into a new folder on the target, as a job that outlives the connection.
func (m making) seed() plan.Step {
	copying := fmt.Sprintf("pg_basebackup -d '%s' -D %s -X stream -S %s -c fast", m.conninfo(), m.newDir(), m.name)
	return m.step(plan.Step{
		ID: "seed", Server: m.to(), Title: "copy the data from " + m.from(), Lane: m.to(),
		Commands: []string{copying, "pg_verifybackup " + m.newDir(), "sync -f " + m.newDir()},
		Done:     m.swapped,
		Do: func(ctx context.Context, report plan.Progress) error {
			return m.copy(ctx, seedScript, m.seedArgs(), report)
		},
		Undo: plan.Undoable("stop the copy and delete it", func(ctx context.Context, _ plan.Progress) error { return m.dropCopy(ctx) }),
	})
}

func (m making) seedArgs() []string {
	args := []string{m.tn.BinDir, m.newDir(), m.copyConninfo(), m.name, fmt.Sprint(m.opts.MaxRate)}
	for _, t := range m.pn.Tablespaces {
		args = append(args, t.Path+"="+m.tablespace(t))
	}
	return args
}

// tablespace is where the target keeps its copy of a tablespace: beside the primary's path, in a folder of this run, so
// that a kept data folder and a new one never share one.
func (m making) tablespace(t tablespace) string { return t.Path + ".belt-" + m.run }

// copy runs one of the scripts that fill the new folder, and follows it.
func (m making) copy(ctx context.Context, script string, args []string, report plan.Progress) error {
	r := m.target.Node.Runner
	folders := []string{m.newDir()}
	for _, t := range m.pn.Tablespaces {
		folders = append(folders, m.tablespace(t))
	}
	for _, folder := range folders {
		if _, err := r.Run(ctx, asRoot("make "+path.Base(folder),
			`set -e; mkdir -p "$(dirname "$1")"; install -d -m 0700 -o "$2" -g "$(id -gn "$2")" "$1"`, folder, m.tn.Owner)); err != nil {
			return err
		}
	}
	j, err := job.Start(ctx, r, job.Spec{
		ID: m.jobID(), Title: "copy the data from " + m.from(), As: m.tn.Owner, Script: script, Args: args,
	})
	var other *job.OtherError
	if m.adopt && errors.As(err, &other) {
		// The unfinished run's own copy, begun with another --max-rate: it is as good.
		j, err = job.At(r, m.jobID()), nil
	}
	if err != nil {
		return err
	}
	return j.Follow(ctx, report)
}

// swapped tells whether this run, before it was cut off, had already put its copy in place.
func (m making) swapped(ctx context.Context) (bool, error) {
	if !m.adopt {
		return false, nil
	}
	return m.inPlace(ctx)
}

// inPlace tells whether the data folder in use is the copy that this run made.
func (m making) inPlace(ctx context.Context) (bool, error) {
	result, err := m.target.Node.Runner.Run(ctx, look("look which run put the data in place", `cat "$1" 2>/dev/null; exit 0`, m.swappedFile()))
	return strings.TrimSpace(result.Stdout) == m.run, err
}

// dropCopy ends the job and deletes the new folder and its tablespaces, but for those that the data folder in use has: an
// undo of the swap may have failed.
func (m making) dropCopy(ctx context.Context) error {
	j := job.At(m.target.Node.Runner, m.jobID())
	if err := j.Stop(ctx); err != nil {
		return err
	}
	args := []string{m.tn.DataDir, m.newDir()}
	for _, t := range m.pn.Tablespaces {
		args = append(args, m.tablespace(t))
	}
	_, err := m.target.Node.Runner.Run(ctx, asRoot("delete the unfinished copy", dropCopyScript, args...))
	if err != nil {
		return err
	}
	return j.Remove(ctx)
}
