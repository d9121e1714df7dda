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
		if old, there := m.tn.Newest(); there && old.Command == replica.CommandRestore {
			return replica.Undo{Making: m.Making, Forget: func() []plan.Step { return nil }, Clean: m.forgetRestore}
		}
		return replica.Undo{
			Making: m.Making,
			Before: m.confOf, After: m.confAgain,
			Forget: func() []plan.Step { return append([]plan.Step{m.partStep()}, m.forgetNote()...) },
			Clean:  func() plan.Step { return m.cleanStep(m.WrittenFile(), m.SwappedFile()) },
		}
	}, releaseLast)
}

// forgetRestore is all that is left of a restore once the old data is back: it changed the data, and no setting or set.
func (m making) forgetRestore() plan.Step {
	return m.Step(plan.Step{
		ID: "clean", Server: m.To(), Title: "remove belt's note", Commands: []string{"rm " + m.SwappedFile()},
		Done: func(ctx context.Context) (bool, error) {
			there, err := m.Target.Seen(ctx, m.SwappedFile())
			return err == nil && !there, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return replica.DropState(ctx, m.Target.Runner(), m.SwappedFile())
		},
		Undo: plan.Permanent("nothing needs it any more"),
	})
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
