package ops

import (
	"context"

	"github.com/dbbelt/belt/pkg/replication"
)

// ResyncOptions say which replicas are to be mended, and how.
type ResyncOptions struct {
	Change
	Target     string
	Replicas   []string // empty: all of the target's own
	IfNeeded   bool     // one look, and silence, when all is well
	Method     string   // "auto", "restart", "rewind", "full"
	DiscardOld bool
	MaxRate    int64 // bytes per second
}

// ResyncMethods are the ways to mend a replica, the cheapest first; auto is the cheapest that works.
func ResyncMethods() []string { return []string{"auto", "restart", "rewind", "full"} }

const resyncCommand = "db replicate resync"

// Resync brings replicas back to their primary, the cheapest way that works.
func Resync(ctx context.Context, s *Session, o ResyncOptions) (Result, error) {
	result := NewResult(resyncCommand, o.Target)
	c, err := s.onReplicas(resyncCommand, o.Target, o.Replicas, &result)
	if err != nil {
		return result, err
	}
	c.Change, c.joins = o.Change, true
	c.options.IfNeeded, c.options.Method, c.options.DiscardOld = o.IfNeeded, o.Method, o.DiscardOld
	c.options.MaxRate, c.options.SkipChecks = o.MaxRate, o.SkipChecks
	c.plan = c.group.engine.PlanResync
	if o.IfNeeded && allWell(c.group.topology(c.group.inspect(ctx, replication.Glance)), c.targets) {
		result.Silent = true
		return result, nil
	}
	return s.apply(ctx, c)
}

// allWell tells whether the replicas asked for, or all when none was named, follow the primary.
func allWell(t replication.Topology, asked []replication.Node) bool {
	if t.Primary == nil {
		return false
	}
	well := map[string]bool{}
	for _, r := range t.Replicas {
		well[r.Facts.Node.Key()] = r.State.Healthy()
		if len(asked) == 0 && !r.State.Healthy() {
			return false
		}
	}
	for _, n := range asked {
		if !well[n.Key()] {
			return false
		}
	}
	return len(t.Problems) == 0
}
