package mongodb

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
		m := newMaking(req, t)
		return replica.Undo{
			Making: m.Making,
			Before: m.confOf, After: m.confAgain,
			Forget: func() []plan.Step { return append([]plan.Step{m.partStep()}, m.forgetNote()...) },
			Clean:  func() plan.Step { return m.cleanStep(m.WrittenFile(), m.SwappedFile()) },
		}
	}, releaseLast)
}

// PlanCleanup deletes the old data that is kept for undo.
func (e *Engine) PlanCleanup(req replication.Request) (plan.Plan, error) {
	return replica.PlanCleanup(req, func(req replication.Request, t replication.Facts) replica.Making { return newMaking(req, t).Making })
}

// confOf makes mongod.conf that of the old data. That of a replica's is a member's, unless it ran outside of its set before
// its resync: with a member's it would join with what it was written there, and nobody would see that it differs.
func (m making) confOf(ctx context.Context, old replica.Kept) error {
	var was values
	if err := json.Unmarshal(old.Engine, &was); err != nil {
		return err
	}
	return editConf(ctx, m.Target, was)
}

// confAgain makes it a member's again.
func (m making) confAgain(ctx context.Context, _ replica.Kept) error { return m.rewrite(ctx) }

// GroupName is the replica set that applications have to name in their URL.
func (e *Engine) GroupName(primary replication.Facts, replicated bool, o replication.Options) string {
	n := nativeOf(primary)
	switch {
	case !replicated && (o.Standalone || n.setName() == ""):
		return ""
	case n.setName() != "":
		return n.setName()
	}
	return defaultSet
}
