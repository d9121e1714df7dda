package mysql

import (
	"context"
	"encoding/json"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PlanUndo gives a server back the data, and the part in the group, that it had before its last enable or resync.
func (e *Engine) PlanUndo(req replication.Request) (plan.Plan, error) {
	return replica.PlanUndo(req, func(req replication.Request, t replication.Facts) replica.Undo {
		m := e.newMaking(req, t)
		return replica.Undo{
			Making: m.Making,
			Before: func(ctx context.Context, old replica.Kept) error {
				var of keptOptions
				if len(old.Engine) > 0 {
					if err := json.Unmarshal(old.Engine, &of); err != nil {
						return err
					}
				}
				return m.putOptions(ctx, of)
			},
			After: func(ctx context.Context, _ replica.Kept) error {
				return m.putOptions(ctx, keptOptions{Options: m.tn.written().Options, Note: json.RawMessage(m.tn.Notes.Written)})
			},
			Forget: m.forgetSteps,
			Clean:  func() plan.Step { return m.clean("rm "+m.SwappedFile(), []string{m.WrittenFile(), m.SwappedFile()}) },
		}
	}, restoreLast)
}

// PlanCleanup deletes the old data that is kept for undo.
func (e *Engine) PlanCleanup(req replication.Request) (plan.Plan, error) {
	return replica.PlanCleanup(req, func(req replication.Request, t replication.Facts) replica.Making { return e.newMaking(req, t).Making })
}
