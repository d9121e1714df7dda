package replica

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// deleteFolder deletes a data folder that is no longer in use, and what lies elsewhere and only it refers to.
func (m Making) deleteFolder(ctx context.Context, folder string) error {
	_, err := m.Target.Runner().Run(ctx, AsRoot("delete "+path.Base(folder), m.linked()+deleteFolderScript, folder, m.Target.DataDir))
	return err
}

// Prune deletes what earlier resyncs set aside, once a later one is proven: undo goes back one resync, and a resync from
// cron must not fill the disk. What an enable set aside stays until cleanup.
func (m Making) Prune() []plan.Step {
	var steps []plan.Step
	for _, k := range m.Target.Notes.Kept {
		if k.Replica && k.Run != m.Run {
			steps = append(steps, m.deleteKept(k))
		}
	}
	return steps
}

func (m Making) deleteKept(k Kept) plan.Step {
	return plan.Step{
		ID: "delete." + m.To() + "." + k.Run, Server: m.To(), Title: "delete the data kept since " + k.Time, Lane: m.To(),
		Commands: []string{"rm -rf " + k.Folder},
		Destroys: fmt.Sprintf("%s of old data in %s: undo is not possible afterwards", Size(k.Bytes), k.Folder),
		Done: func(ctx context.Context) (bool, error) {
			result, err := m.Target.Runner().Run(ctx, Look("look for the kept data", `[ -e "$1" ] || [ -e "$1.json" ] || echo gone; exit 0`, k.Folder))
			return strings.TrimSpace(result.Stdout) == "gone", err
		},
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.deleteFolder(ctx, k.Folder) },
		Undo: plan.Permanent("deleted is deleted"),
	}
}

// PlanCleanup deletes the old data that is kept for undo.
func PlanCleanup(req replication.Request, with func(replication.Request, replication.Facts) Making) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	c := &Checker{Req: req}
	if req.Topology.Primary == nil {
		req.Topology.Primary = &replication.Facts{}
	}
	for _, t := range req.Targets {
		c.Answers(t)
		if len(t.Kept) == 0 {
			continue
		}
		c.Add("running", t.Node.Label, t.Running, "start it first: the kept data may be the only good one", "%s", Choose(t.Running, "answers", t.Problem))
		m := with(req, t)
		for _, k := range m.Target.Notes.Kept {
			p.Steps = append(p.Steps, m.deleteKept(k))
		}
	}
	p.Checks = c.List
	p.Estimate.Seconds = float64(len(p.Steps))
	return p, p.Validate()
}
