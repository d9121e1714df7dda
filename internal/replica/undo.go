package replica

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Undo says what an engine adds to giving one server its old data back.
type Undo struct {
	Making Making
	// Before prepares the server's settings for the old data, and After for the replica's copy again, while the instance
	// may run; nil where the data folder holds all settings.
	Before, After func(ctx context.Context, old Kept) error
	// Forget removes from the primary what it holds for the replica. It is asked for when the primary runs.
	Forget func() []plan.Step
	// Clean removes from the replica's server what made it one.
	Clean func() plan.Step
}

// PlanUndo gives servers back the data, and the part in the group, that they had before their last enable or resync.
// restore is the step that puts the primary's settings back once no replica is left; it may have none.
func PlanUndo(req replication.Request, with func(replication.Request, replication.Facts) Undo, restore func(replication.Request) (plan.Step, bool)) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	c := &Checker{Req: req}
	if req.Topology.Primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	primary := *req.Topology.Primary
	for _, t := range req.Targets {
		c.Answers(t)
		if t.Err != nil {
			continue
		}
		undo := with(req, t)
		m := undo.Making
		n := m.Target.Notes
		u := n.Unfinished
		if u != nil && u.Command != req.Command {
			c.Add("role", t.Node.Label, false, "finish it with the same command, or clear it with belt db replicate disable", "%q did not finish there", u.Command)
			continue
		}
		c.Add("kept", t.Node.Label, len(n.Kept) > 0 || u != nil, "undo works until cleanup, and not after --discard-old", "%s", keptDetail(n))
		old, there := n.Newest()
		if !there {
			continue
		}
		begin := m.beginUndo(old)
		p.Steps = append(p.Steps, begin, undo.putBack(old))
		itself := primary.Node.Same(t.Node) // a restore, too, keeps old data: a primary's
		if !old.Replica {
			if primary.Running && !itself {
				p.Steps = append(p.Steps, undo.Forget()...)
			}
			p.Steps = append(p.Steps, undo.Clean())
		}
		p.Steps = append(p.Steps, m.deleteCopy(old))
		if !old.Replica && primary.Running && !itself {
			if s, needed := restore(req); needed {
				p.Steps = append(p.Steps, s)
			}
		}
		p.Steps = append(p.Steps, m.finishUndo(begin))
	}
	p.Checks = c.List
	p.Estimate.Seconds = float64(3 * len(req.Targets))
	return p, p.Validate()
}

// beginUndo notes what is put back, so that a run that is cut off can be repeated.
func (m Making) beginUndo(old Kept) plan.Step {
	note := Unfinished{
		Run: m.Run, Command: m.Command, Primary: m.Primary.Facts.Node.Key(), Replica: m.Target.Facts.Node.Key(), Running: m.Ran, Kept: &old,
	}
	return m.Step(plan.Step{
		ID: "begin", Server: m.To(), Title: "note that a run is under way", Commands: []string{"write " + m.RunFile()},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return PutState(ctx, m.Target.Runner(), m.RunFile(), note)
		},
		Undo: plan.Undoable("remove the note", func(ctx context.Context, _ plan.Progress) error {
			// What could not be undone stays the business of the next run.
			if out, err := m.Target.Seen(ctx, m.aside(old)); err != nil || out {
				return err
			}
			return DropState(ctx, m.Target.Runner(), m.RunFile())
		}),
	})
}

func (m Making) finishUndo(begin plan.Step) plan.Step {
	return m.Step(plan.Step{
		ID: "finish", Server: m.To(), Title: "note that the run is complete", Commands: []string{"rm " + m.RunFile()},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return DropState(ctx, m.Target.Runner(), m.RunFile())
		},
		Undo: plan.Undoable("note again that a run is under way", begin.Do),
	})
}

// Newest is the data that an undo puts back, or that an unfinished one does.
func (n Notes) Newest() (old Kept, there bool) {
	switch u := n.Unfinished; {
	case u != nil && u.Kept != nil:
		return *u.Kept, true
	case len(n.Kept) > 0:
		return n.Kept[len(n.Kept)-1], true
	}
	return Kept{}, false
}

func keptDetail(n Notes) string {
	if n.Unfinished != nil && n.Unfinished.Kept != nil {
		return "an unfinished run puts back " + n.Unfinished.Kept.Folder
	}
	if len(n.Kept) == 0 {
		return "no old data is kept"
	}
	k := n.Kept[len(n.Kept)-1]
	return fmt.Sprintf("%s from before %q at %s, in %s", Size(k.Bytes), k.Command, k.Time, k.Folder)
}

// aside is where the data of the replica goes until the old one serves again.
func (m Making) aside(k Kept) string { return m.Target.DataDir + ".belt-undone-" + k.Run }

func (u Undo) putBack(k Kept) plan.Step {
	m := u.Making
	return m.Step(plan.Step{
		ID: "putback", Server: m.To(), Title: "put the old data back, " + Choose(k.Replica, "as the replica that it was", "as the server of its own that it was"),
		Commands: []string{
			"systemctl stop " + m.Target.Unit, "mv " + m.Target.DataDir + " " + m.aside(k), "mv " + k.Folder + " " + m.Target.DataDir,
			Choose(k.Running, "systemctl start "+m.Target.Unit, "# it did not run before, and is left stopped"),
		},
		Disrupts: fmt.Sprintf("%s restarts with its data of %s", m.To(), k.Time),
		Done: func(ctx context.Context) (bool, error) {
			result, err := m.Target.Runner().Run(ctx, Look("look for the old data", `[ -e "$1" ] || echo gone; exit 0`, k.Folder))
			return strings.TrimSpace(result.Stdout) == "gone", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if u.Before != nil {
				if err := u.Before(ctx, k); err != nil {
					return err
				}
			}
			return m.unswap(ctx, m.aside(k), k.Folder, k.Running)
		},
		Undo: plan.Undoable("put the replica's data in place again", func(ctx context.Context, _ plan.Progress) error {
			if u.After != nil {
				if err := u.After(ctx, k); err != nil {
					return err
				}
			}
			_, err := m.Target.Runner().Run(ctx, m.moving("put the replica's data in place again", UnitScript+`set -e
data=$1 aside=$2 old=$3 unit=$4 note=$5
shift 5
[ -e "$aside" ] || exit 0
stop_unit "$unit"
[ -e "$old" ] || move "$data" "$old" "$@"
move "$aside" "$data" "$@"
printf '%s\n' "$note" >"$old.json"
start_unit "$unit"`, m.Target.DataDir, m.aside(k), k.Folder, m.Target.Unit, k.line()))
			return err
		}),
	})
}

func (m Making) deleteCopy(k Kept) plan.Step {
	title, original := "delete the replica's copy of the data", "the primary has the original"
	if k.Command == CommandRestore {
		title, original = "delete what was restored", "the backup has the original, without what was written since"
	}
	return m.Step(plan.Step{
		ID: "delete", Server: m.To(), Title: title,
		Commands: []string{"rm -rf " + m.aside(k)},
		Destroys: "the copy in " + path.Base(m.aside(k)) + "; " + original,
		Done: func(ctx context.Context) (bool, error) {
			aside, err1 := m.Target.Seen(ctx, m.aside(k))
			old, err2 := m.Target.Seen(ctx, k.Folder) // not put back yet: the copy is still in use
			return !aside && !old, errors.Join(err1, err2)
		},
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.deleteFolder(ctx, m.aside(k)) },
		Undo: plan.Permanent(original),
	})
}
