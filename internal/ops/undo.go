package ops

import (
	"context"

	steps "github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// UndoOptions say which server gets back what it had.
type UndoOptions struct {
	Change
	Target   string
	Replicas []string
}

const undoCommand = "db replicate undo"

// Undo puts back the data and the role that a replica had before the last enable or resync.
func Undo(ctx context.Context, s *Session, o UndoOptions) (Result, error) {
	result := NewResult(undoCommand, o.Target)
	if len(o.Replicas) == 0 {
		return result, noTarget(undoCommand)
	}
	c, err := s.onReplicas(undoCommand, o.Target, o.Replicas, &result)
	if err != nil {
		return result, err
	}
	c.Change, c.parts, c.restores, c.primaryless = o.Change, true, true, true
	if s.restored(ctx, &c) {
		c.parts, c.restores = false, false // the roles stay: nobody follows it, and it followed nobody
	}
	c.options.SkipChecks = o.SkipChecks
	c.plan = c.group.engine.PlanUndo
	return s.apply(ctx, c)
}

// restored tells whether what the targets keep for undo was kept by a restore of a backup. Then a target may be the primary.
func (s *Session) restored(ctx context.Context, c *change) bool {
	facts := c.group.inspect(ctx, replication.Glance)
	for _, n := range c.targets {
		kept := findFacts(facts, n).Kept
		if len(kept) == 0 || kept[len(kept)-1].Command != steps.CommandRestore {
			return false
		}
	}
	t := c.group.topology(facts)
	for _, r := range t.Replicas {
		if r.Facts.Replica && t.Primary != nil && contains(c.targets, t.Primary.Node) {
			return false // what follows it now could not follow its old data
		}
	}
	targets := c.targets
	c.look = func(replication.Topology) ([]replication.Node, error) { return targets, nil }
	return len(targets) > 0
}
