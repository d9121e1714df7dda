package replica

import (
	"context"
	"fmt"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Restore is a backup that takes the place of an instance's data: the same steps as for a replica, from another source.
type Restore struct {
	Request  replication.RestoreRequest
	Instance Instance
	Name     string // of what is noted
	Into     replication.RebuildTool
	Room     int64 // bytes that are free beside the data folder
	Used     int64 // bytes of the old data
	Swap     Swap
	Moves    *Moves // where the data is no folder of its own
	// Change is the step that puts the new data in place; nil for the Swap of folders.
	Change func(Making) plan.Step
	// Ready is done to the new folder before it is swapped in; nil for nothing.
	Ready func(ctx context.Context, folder string) error
	// Started is what follows once the instance answers; nil for nothing.
	Started func(ctx context.Context, report plan.Progress) error

	checks []plan.Check
}

// CommandRestore is the command as notes have it.
const CommandRestore = "db backup restore"

// Check adds a precondition.
func (r *Restore) Check(name string, ok bool, hint, format string, args ...any) {
	c := plan.Check{Name: name, Server: r.Instance.Label(), OK: ok, Detail: fmt.Sprintf(format, args...)}
	if !ok {
		c.Hint = hint
	}
	r.checks = append(r.checks, c)
}

func (r *Restore) common() {
	req, t := r.Request, r.Instance.Facts
	r.Check("installed", t.Installed, "install it: belt db scale-up does, on a fresh server", "%s %s", r.Instance.Product, t.Version)
	follows := 0
	if p := req.Topology.Primary; p != nil && p.Node.Same(t.Node) {
		for _, one := range req.Topology.Replicas {
			if one.Facts.Replica {
				follows++
			}
		}
	}
	r.Check("role", !t.Replica && follows == 0, "belt db replicate disable ends that first",
		"%s", Choose(t.Replica, "it is a replica, and would follow its primary no more", Choose(follows > 0, fmt.Sprintf("%d replicas follow it, and could not follow the restored data", follows), "no replication depends on it")))
	if r.Room > 0 {
		need := int64(1.1 * float64(req.Bytes))
		r.Check("disk", r.Room >= need, "make room, or delete old data: belt db replicate cleanup", "needs %s, has %s", Size(need), Size(r.Room))
	}
	u := r.Instance.Notes.Unfinished
	r.Check("unfinished", u == nil || u.Command == CommandRestore, "finish it with the same command", "no other run is unfinished")
	for i := range r.checks {
		r.checks[i].Vital = r.checks[i].Name != "disk"
	}
}

// Plan is the whole of it.
func (r *Restore) Plan() (plan.Plan, error) {
	r.common()
	req := r.Request
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target, Checks: r.checks, Estimate: plan.Estimate{Bytes: req.Bytes}}
	if p.Refusal() != nil {
		return p, nil
	}
	m := NewMaking(req.Request, r.Instance, r.Instance, r.Name)
	m.Moves = r.Moves
	begin := m.Begin(Begun{})
	swap := m.Swap(r.Swap)
	if r.Change != nil {
		swap = r.Change(m)
	}
	p.Steps = []plan.Step{begin, r.fetch(m), swap, r.start(m), m.Finish(begin)}
	p.Notes = append(p.Notes, fmt.Sprintf("%s: what is there now (%s) is kept in %s; belt db replicate cleanup deletes it", m.To(), Size(r.Used), m.OldDir()))
	return p, p.Validate()
}

// fetch brings the backup beside the old data.
func (r *Restore) fetch(m Making) plan.Step {
	req := r.Request
	return m.Step(plan.Step{
		ID: "fetch", Server: m.To(), Title: "restore backup " + req.ID + " from " + req.From, Commands: r.Into.Commands, Done: m.Swapped,
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := m.MakeNew(ctx, m.NewDir()); err != nil {
				return err
			}
			if err := req.Fetch(ctx, r.Into, m.NewDir(), report); err != nil {
				return err
			}
			if r.Ready != nil {
				if err := r.Ready(ctx, m.NewDir()); err != nil {
					return err
				}
			}
			_, err := m.Target.Runner().Run(ctx, AsRoot("mark the copy complete", `sync -f "$1"; : >"$1.complete"`, m.NewDir()))
			return err
		},
		Undo: plan.Undoable("stop it and delete what arrived", func(ctx context.Context, _ plan.Progress) error {
			if err := req.Drop(ctx); err != nil {
				return err
			}
			return m.DropCopy(ctx)
		}),
	})
}

// start starts the instance on the restored data.
func (r *Restore) start(m Making) plan.Step {
	return m.Step(plan.Step{
		ID: "start", Server: m.To(), Title: "start " + m.Target.Product + " on the restored data", Commands: []string{"systemctl start " + m.Target.Unit},
		Do: func(ctx context.Context, report plan.Progress) error {
			report(0, 0, "waiting until it answers: it replays what changed while the backup was taken")
			if err := m.Target.Launch(ctx, "start"); err != nil {
				return err
			}
			if err := m.Target.AwaitAnswer(ctx, time.Hour); err != nil {
				return err
			}
			if r.Started != nil {
				if err := r.Started(ctx, report); err != nil {
					return err
				}
			}
			return r.Request.Drop(ctx)
		},
		Undo: plan.Undoable("stop it", func(ctx context.Context, _ plan.Progress) error {
			if mine, err := m.InPlace(ctx); err != nil || !mine {
				return err // what runs there is the old data
			}
			return m.Target.Stop(ctx)
		}),
	})
}
