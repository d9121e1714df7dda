package ops

import "context"

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
	c.options.SkipChecks = o.SkipChecks
	c.plan = c.group.engine.PlanUndo
	return s.apply(ctx, c)
}
