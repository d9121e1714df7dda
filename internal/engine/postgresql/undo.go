package postgresql

import (
	"context"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PlanUndo gives a server back the data, and the part in the group, that it had before its last enable or resync.
func (e *Engine) PlanUndo(req replication.Request) (plan.Plan, error) {
	return replica.PlanUndo(req, func(req replication.Request, t replication.Facts) replica.Undo {
		m := newMaking(req, t)
		return replica.Undo{Making: m.Making, Forget: m.forgetSteps, Clean: m.cleanTarget}
	}, restoreLast)
}

// PlanCleanup deletes the old data that is kept for undo.
func (e *Engine) PlanCleanup(req replication.Request) (plan.Plan, error) {
	return replica.PlanCleanup(req, func(req replication.Request, t replication.Facts) replica.Making { return newMaking(req, t).Making })
}

// restoreLast puts the primary's settings back, if Belt changed any and no replica is left once the targets are gone.
func restoreLast(req replication.Request) (plan.Step, bool) {
	if primary := *req.Topology.Primary; last(req) && len(nativeOf(primary).Saved) > 0 {
		return restoreStep(primary, !req.Options.NoRestart), true
	}
	return plan.Step{}, false
}

func (m making) cleanTarget() plan.Step {
	return m.Step(plan.Step{
		ID: "clean", Server: m.To(), Title: "remove the password file and the primary's rules",
		Commands: []string{"rm " + m.passfile()},
		Done:     func(ctx context.Context) (bool, error) { return m.cleaned(ctx, m.WrittenFile(), m.SwappedFile()) },
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := m.dropSecrets(ctx); err != nil {
				return err
			}
			if err := m.dropAccess(ctx); err != nil {
				return err
			}
			return replica.DropState(ctx, m.Target.Facts.Node.Runner, m.WrittenFile(), m.SwappedFile())
		},
		Undo: plan.Permanent("enable makes them anew"),
	})
}
