package ops

import (
	"context"

	"github.com/dbbelt/belt/pkg/replication"
)

// CleanupOptions say on which servers the data kept for undo is given up.
type CleanupOptions struct {
	Change
	Target   string
	Replicas []string // empty: every server of the target
}

const cleanupCommand = "db replicate cleanup"

// Cleanup deletes the data that was kept for undo.
func Cleanup(ctx context.Context, s *Session, o CleanupOptions) (Result, error) {
	result := NewResult(cleanupCommand, o.Target)
	c, err := s.onReplicas(cleanupCommand, o.Target, o.Replicas, &result)
	if err != nil {
		return result, err
	}
	c.Change, c.primaryless = o.Change, true
	c.options.SkipChecks = o.SkipChecks
	c.plan = c.group.engine.PlanCleanup
	if len(o.Replicas) == 0 {
		own := c.group.own()
		c.look = func(replication.Topology) ([]replication.Node, error) { return own, nil }
	}
	return s.apply(ctx, c)
}

// own are the members of the target itself.
func (g *group) own() []replication.Node {
	var nodes []replication.Node
	for _, n := range g.nodes {
		if n.App == g.target.App.Name && n.Database == g.target.Database.Name {
			nodes = append(nodes, n)
		}
	}
	return nodes
}
