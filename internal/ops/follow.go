package ops

import (
	"context"

	"github.com/dbbelt/belt/pkg/replication"
)

// follow adds to the plan what has to follow the servers: belt.yaml, and the variables of the app servers.
func (s *Session) follow(ctx context.Context, c *change, m *made) {
	if !c.joins && !c.parts {
		return
	}
	if len(m.plan.Failed()) > 0 {
		return // nothing will follow
	}
	f := c.after(m.roles)
	var ask func(context.Context) (future, error)
	if c.asks && len(m.plan.Steps) > 0 {
		ask = func(ctx context.Context) (future, error) {
			facts := c.group.inspect(ctx, replication.Glance)
			if ctx.Err() != nil {
				return future{}, context.Cause(ctx)
			}
			return c.group.now(c.group.topology(facts)), nil
		}
	}
	step, note := s.inventoryStep(*c, f, ask)
	if step != nil {
		m.plan.Steps = append(m.plan.Steps, *step)
	}
	if note != "" {
		m.plan.Notes = append(m.plan.Notes, note)
	}
}
