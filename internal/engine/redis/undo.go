package redis

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// keptNote is what an undo has to know of data that is kept.
type keptNote struct {
	// LetGo: it is that of a replica which somebody had made a server of its own. Its files make it a replica all the same.
	LetGo bool `json:"let_go,omitempty"`
}

func letGo(k replica.Kept) bool {
	var note keptNote
	_ = json.Unmarshal(k.Engine, &note) // older records have none
	return note.LetGo
}

// PlanUndo gives a server back the data, and the part in the group, that it had before its last enable or resync.
func (e *Engine) PlanUndo(req replication.Request) (plan.Plan, error) {
	return replica.PlanUndo(req, func(req replication.Request, t replication.Facts) replica.Undo {
		m := newMaking(req, t)
		return replica.Undo{
			Making: m.Making, Before: m.beforeOld, After: m.afterOld, Forget: m.forgetSteps,
			Clean: func() plan.Step { return m.clean(m.WrittenFile(), m.SwappedFile()) },
		}
	}, restoring)
}

// beforeOld makes the target start with the old data as what it was with that: a replica goes on with the same settings. One
// that had been let go would drop its own changes for a copy if it started as one, so it stays apart until a resync.
func (m making) beforeOld(ctx context.Context, old replica.Kept) error {
	m.stoppable(ctx)
	switch {
	case !old.Replica:
		return m.unfollow(ctx)
	case !letGo(old):
		return nil
	}
	if err := takeBack(ctx, m.target, nil, nil, true); err != nil {
		return err
	}
	return editDropIn(ctx, m.target, func(have []conf.Setting) []conf.Setting {
		return without(have, func(s conf.Setting) bool { return s.Name == "replicaof" })
	})
}

// afterOld makes it start as the replica again that the undo found.
func (m making) afterOld(ctx context.Context, old replica.Kept) error {
	switch {
	case old.Replica && !letGo(old):
		return nil
	case !old.Replica:
		return included(ctx, m.target, true)
	}
	follow, known := m.tn.Conf.Last("replicaof")
	if !known {
		return fmt.Errorf("%s: its configuration does not tell any more whom it followed: belt db replicate resync mends it", m.To())
	}
	return editDropIn(ctx, m.target, func(have []conf.Setting) []conf.Setting {
		return with(have, conf.Setting{Name: "replicaof", Args: follow.Args})
	})
}

// PlanCleanup deletes the old data that is kept for undo.
func (e *Engine) PlanCleanup(req replication.Request) (plan.Plan, error) {
	return replica.PlanCleanup(req, func(req replication.Request, t replication.Facts) replica.Making { return newMaking(req, t).Making })
}
