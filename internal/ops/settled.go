package ops

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/pkg/replication"
)

// settling is how long what a dead run left may take to come to rest: a server that it had told to restart, say. After
// that the plan is made from what there is, and [Session.same] has the last word.
const settling = 30 * time.Second

// settled looks as often as it takes until two looks agree, where a run did not finish: what it had begun on the servers
// outlives it. Everywhere else it looks once. A run that is still at work is a [lock.HeldError].
func (s *Session) settled(ctx context.Context, g *group) ([]replication.Facts, error) {
	facts := s.look(ctx, g, replication.Survey)
	for end := time.Now().Add(settling); slices.ContainsFunc(facts, unfinished) && time.Now().Before(end); {
		if err := s.atWork(ctx, g, facts); err != nil {
			return facts, err
		}
		now := s.look(ctx, g, replication.Survey)
		if ctx.Err() != nil || slices.EqualFunc(facts, now, atRest) {
			return now, nil
		}
		facts = now
	}
	return facts, nil
}

// atWork is a [lock.HeldError] when one of the runs that did not finish is alive.
func (s *Session) atWork(ctx context.Context, g *group, facts []replication.Facts) error {
	for i, f := range facts {
		var held *lock.HeldError
		if unfinished(f) && errors.As(s.Locks.Probe(ctx, placeOf(g.nodes[i])), &held) {
			return held
		}
	}
	return nil
}

func unfinished(f replication.Facts) bool { return f.Unfinished != "" }

func atRest(before, now replication.Facts) bool {
	return difference(before, now) == "" && before.Problem == now.Problem
}
