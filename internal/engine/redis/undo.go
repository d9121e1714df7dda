package redis

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
		includes := func(yes bool) func(context.Context, replica.Kept) error {
			return func(ctx context.Context, old replica.Kept) error {
				if old.Replica {
					return nil // it goes on as the replica that it was, with the same settings
				}
				if !yes {
					m.stoppable(ctx)
					return m.unfollow(ctx)
				}
				return included(ctx, m.target, true)
			}
		}
		return replica.Undo{
			Making: m.Making, Before: includes(false), After: includes(true), Forget: m.forgetSteps,
			Clean: func() plan.Step { return m.clean(m.WrittenFile(), m.SwappedFile()) },
		}
	}, restoring)
}

// PlanCleanup deletes the old data that is kept for undo.
func (e *Engine) PlanCleanup(req replication.Request) (plan.Plan, error) {
	return replica.PlanCleanup(req, func(req replication.Request, t replication.Facts) replica.Making { return newMaking(req, t).Making })
}
