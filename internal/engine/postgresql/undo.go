package postgresql

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PlanUndo gives a server back the data, and the part in the group, that it had before its last enable or resync.
func (e *Engine) PlanUndo(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	c := &checker{req: req}
	if req.Topology.Primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	primary := *req.Topology.Primary
	for _, t := range req.Targets {
		n := nativeOf(t)
		c.add("reach", t.Node.Label, t.Err == nil, hintOf(t.Err), "%s", choose(t.Err == nil, "answers", fmt.Sprint(t.Err)))
		if t.Err != nil {
			continue
		}
		u := n.Unfinished
		if u != nil && u.Command != req.Command {
			c.add("role", t.Node.Label, false, "finish it with the same command, or clear it with belt db replicate disable", "%q did not finish there", u.Command)
			continue
		}
		c.add("kept", t.Node.Label, len(n.Kept) > 0 || u != nil, "undo works until cleanup, and not after --discard-old", "%s", keptDetail(n))
		m := newMaking(req, t)
		var old kept
		switch {
		case u != nil && u.Kept != nil:
			old = *u.Kept
		case len(n.Kept) > 0:
			old = n.Kept[len(n.Kept)-1]
		default:
			continue
		}
		begin := m.beginUndo(old)
		p.Steps = append(p.Steps, begin, m.putBack(old))
		if !old.Replica {
			if primary.Running {
				p.Steps = append(p.Steps, m.forgetSteps()...)
			}
			p.Steps = append(p.Steps, m.cleanTarget())
		}
		p.Steps = append(p.Steps, m.deleteCopy(old))
		if !old.Replica && primary.Running && last(req) && len(nativeOf(primary).Saved) > 0 {
			p.Steps = append(p.Steps, restoreStep(primary, !req.Options.NoRestart))
		}
		p.Steps = append(p.Steps, m.finishUndo(begin))
	}
	p.Checks = c.list
	p.Estimate.Seconds = float64(3 * len(req.Targets))
	return p, p.Validate()
}

// beginUndo notes what is put back, so that a run that is cut off can be repeated.
func (m making) beginUndo(old kept) plan.Step {
	note := unfinished{Run: m.run, Command: m.command, Primary: m.primary.Node.Key(), Replica: m.target.Node.Key(), Running: m.ran, Kept: &old}
	file := stateFile(m.tn, "run")
	return m.step(plan.Step{
		ID: "begin", Server: m.to(), Title: "note that a run is under way", Commands: []string{"write " + file},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return putState(ctx, m.target.Node.Runner, file, note)
		},
		Undo: plan.Undoable("remove the note", func(ctx context.Context, _ plan.Progress) error {
			// What could not be undone stays the business of the next run.
			if out, err := m.seen(ctx, m.aside(old)); err != nil || out {
				return err
			}
			return dropState(ctx, m.target.Node.Runner, file)
		}),
	})
}

// seen tells whether a path is there on the target.
func (m making) seen(ctx context.Context, file string) (bool, error) {
	result, err := m.target.Node.Runner.Run(ctx, look("look whether "+path.Base(file)+" is there", `[ ! -e "$1" ] || echo there; exit 0`, file))
	return result.Stdout != "", err
}

func (m making) finishUndo(begin plan.Step) plan.Step {
	file := stateFile(m.tn, "run")
	return m.step(plan.Step{
		ID: "finish", Server: m.to(), Title: "note that the run is complete", Commands: []string{"rm " + file},
		Do:   func(ctx context.Context, _ plan.Progress) error { return dropState(ctx, m.target.Node.Runner, file) },
		Undo: plan.Undoable("note again that a run is under way", begin.Do),
	})
}

func keptDetail(n *native) string {
	if n.Unfinished != nil && n.Unfinished.Kept != nil {
		return "an unfinished run puts back " + n.Unfinished.Kept.Folder
	}
	if len(n.Kept) == 0 {
		return "no old data is kept"
	}
	k := n.Kept[len(n.Kept)-1]
	return fmt.Sprintf("%s from before %q at %s, in %s", size(k.Bytes), k.Command, k.Time, k.Folder)
}

// aside is where the data of the replica goes until the old one serves again.
func (m making) aside(k kept) string { return m.tn.DataDir + ".belt-undone-" + k.Run }

func (m making) putBack(k kept) plan.Step {
	then := "as the server of its own that it was"
	if k.Replica {
		then = "as the replica that it was"
	}
	start := "leave"
	if k.Running {
		start = "start"
	}
	return m.step(plan.Step{
		ID: "putback", Server: m.to(), Title: "put the old data back, " + then,
		Commands: []string{
			"systemctl stop " + m.tn.Service, "mv " + m.tn.DataDir + " " + m.aside(k), "mv " + k.Folder + " " + m.tn.DataDir,
			choose(k.Running, "systemctl start "+m.tn.Service, "# it did not run before, and is left stopped"),
		},
		Disrupts: fmt.Sprintf("%s restarts with its data of %s", m.to(), k.Time),
		Done: func(ctx context.Context) (bool, error) {
			result, err := m.target.Node.Runner.Run(ctx, look("look for the old data", `[ -e "$1" ] || echo gone; exit 0`, k.Folder))
			return strings.TrimSpace(result.Stdout) == "gone", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			_, err := m.target.Node.Runner.Run(ctx, asRoot("put the old data back", unswapScript,
				m.tn.DataDir, m.aside(k), k.Folder, m.tn.Service, start))
			return err
		},
		Undo: plan.Undoable("put the replica's data in place again", func(ctx context.Context, _ plan.Progress) error {
			_, err := m.target.Node.Runner.Run(ctx, asRoot("put the replica's data in place again", `set -e
[ -e "$2" ] || exit 0
systemctl stop "$4"
[ -e "$3" ] || mv -T "$1" "$3"
mv -T "$2" "$1"
printf '%s\n' "$5" >"$3.json"
systemctl start "$4"`, m.tn.DataDir, m.aside(k), k.Folder, m.tn.Service, k.line()))
			return err
		}),
	})
}

func (m making) cleanTarget() plan.Step {
	return m.step(plan.Step{
		ID: "clean", Server: m.to(), Title: "remove the password file and the primary's rules",
		Commands: []string{"rm " + m.passfile()},
		Done:     func(ctx context.Context) (bool, error) { return m.cleaned(ctx, m.writtenFile(), m.swappedFile()) },
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := m.dropSecrets(ctx); err != nil {
				return err
			}
			if err := m.dropAccess(ctx); err != nil {
				return err
			}
			return dropState(ctx, m.target.Node.Runner, m.writtenFile(), m.swappedFile())
		},
		Undo: plan.Permanent("enable makes them anew"),
	})
}

func (m making) deleteCopy(k kept) plan.Step {
	return m.step(plan.Step{
		ID: "delete", Server: m.to(), Title: "delete the replica's copy of the data",
		Commands: []string{"rm -rf " + m.aside(k)},
		Destroys: "the copy in " + path.Base(m.aside(k)) + "; the primary has the original",
		Done: func(ctx context.Context) (bool, error) {
			aside, err1 := m.seen(ctx, m.aside(k))
			old, err2 := m.seen(ctx, k.Folder) // not put back yet: the copy is still in use
			return !aside && !old, errors.Join(err1, err2)
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return m.deleteFolder(ctx, m.aside(k))
		},
		Undo: plan.Permanent("the primary has the original"),
	})
}

// deleteFolder deletes a data folder that is no longer in use, and the tablespaces that only it refers to and that Belt
// made for it.
func (m making) deleteFolder(ctx context.Context, folder string) error {
	_, err := m.target.Node.Runner.Run(ctx, asRoot("delete "+path.Base(folder), `set -eu
folder=$1 data=$2
[ "$(readlink -f "$folder")" != "$(readlink -f "$data")" ] || { echo "$folder is the data folder in use" >&2; exit 1; }
for link in "$folder"/pg_tblspc/*; do
	place=$(readlink "$link") || continue
	case $place in *.belt-*) ;; *) continue ;; esac
	for used in "$data"/pg_tblspc/*; do
		[ "$(readlink "$used")" != "$place" ] || continue 2
	done
	rm -rf -- "$place"
done
rm -rf -- "$folder"
rm -f -- "$folder.json"`, folder, m.tn.DataDir))
	return err
}

// prune deletes what earlier resyncs set aside, once a later one is proven: undo goes back one resync, and a resync from
// cron must not fill the disk. What an enable set aside stays until cleanup.
func (m making) prune() []plan.Step {
	var steps []plan.Step
	for _, k := range m.tn.Kept {
		if k.Replica && k.Run != m.run {
			steps = append(steps, m.deleteKept(k))
		}
	}
	return steps
}

func (m making) deleteKept(k kept) plan.Step {
	return plan.Step{
		ID: "delete." + m.to() + "." + k.Run, Server: m.to(), Title: "delete the data kept since " + k.Time, Lane: m.to(),
		Commands: []string{"rm -rf " + k.Folder},
		Destroys: fmt.Sprintf("%s of old data in %s: undo is not possible afterwards", size(k.Bytes), k.Folder),
		Done: func(ctx context.Context) (bool, error) {
			result, err := m.target.Node.Runner.Run(ctx, look("look for the kept data", `[ -e "$1" ] || [ -e "$1.json" ] || echo gone; exit 0`, k.Folder))
			return strings.TrimSpace(result.Stdout) == "gone", err
		},
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.deleteFolder(ctx, k.Folder) },
		Undo: plan.Permanent("deleted is deleted"),
	}
}

// PlanCleanup deletes the old data that is kept for undo.
func (e *Engine) PlanCleanup(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	c := &checker{req: req}
	if req.Topology.Primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	for _, t := range req.Targets {
		n := nativeOf(t)
		c.add("reach", t.Node.Label, t.Err == nil, hintOf(t.Err), "%s", choose(t.Err == nil, "answers", fmt.Sprint(t.Err)))
		if len(n.Kept) == 0 {
			continue
		}
		c.add("running", t.Node.Label, t.Running, "start it first: the kept data may be the only good one", "%s", choose(t.Running, "answers", t.Problem))
		m := newMaking(req, t)
		for _, k := range n.Kept {
			p.Steps = append(p.Steps, m.deleteKept(k))
		}
	}
	p.Checks = c.list
	p.Estimate.Seconds = float64(len(p.Steps))
	return p, p.Validate()
}
