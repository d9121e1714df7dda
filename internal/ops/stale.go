package ops

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// same looks again, now under the lock, and refuses when the servers are no longer as they were when the plan was made:
// what was shown is what runs.
func (s *Session) same(ctx context.Context, c change, m *made) error {
	facts := c.group.inspect(ctx, replication.Glance)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var moved []string
	for i, now := range facts {
		before := m.facts[i]
		if what := difference(before, now); what != "" {
			moved = append(moved, now.Node.Label+": "+what)
		}
	}
	if len(moved) == 0 {
		return nil
	}
	return refuse("run the command again: it plans anew",
		"the servers are no longer as they were when the plan was shown, and what was shown is what runs: %s",
		strings.Join(moved, "; "))
}

// difference names the first thing that a plan depends on and that changed; positions and times always do.
func difference(before, now replication.Facts) string {
	said := func(err error) string {
		if err == nil {
			return "answered"
		}
		return "did not answer"
	}
	for _, one := range []struct{ what, before, now string }{
		{"the server", said(before.Err), said(now.Err)},
		{"installed", fmt.Sprint(before.Installed), fmt.Sprint(now.Installed)},
		{"running", fmt.Sprint(before.Running), fmt.Sprint(now.Running)},
		{"version", before.Version, now.Version},
		{"writable", fmt.Sprint(before.Writable), fmt.Sprint(now.Writable)},
		{"replica", fmt.Sprint(before.Replica), fmt.Sprint(now.Replica)},
		{"follows", before.Follows, now.Follows},
		{"identity of the data", before.Identity, now.Identity},
	} {
		if one.before != one.now {
			return fmt.Sprintf("%s was %q and is %q", one.what, one.before, one.now)
		}
	}
	return ""
}
