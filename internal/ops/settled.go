package ops

import (
	"context"
	"slices"
	"time"

	"github.com/dbbelt/belt/pkg/replication"
)

// settling is how long what a dead run left may take to come to rest: a server that it had told to restart, say. After
// that the plan is made from what there is, and [Session.same] has the last word.
const settling = 30 * time.Second

// settled looks as often as it takes until two looks agree, where a run did not finish: what it had begun on the servers
// outlives it. Everywhere else it looks once.
func (s *Session) settled(ctx context.Context, g *group) []replication.Facts {
	facts := s.look(ctx, g, replication.Survey)
	for end := time.Now().Add(settling); slices.ContainsFunc(facts, unfinished) && time.Now().Before(end); {
		now := s.look(ctx, g, replication.Survey)
		if ctx.Err() != nil || slices.EqualFunc(facts, now, atRest) {
			return now
		}
		facts = now
	}
	return facts
}

func unfinished(f replication.Facts) bool { return f.Unfinished != "" }

func atRest(before, now replication.Facts) bool {
	return difference(before, now) == "" && before.Problem == now.Problem
}
