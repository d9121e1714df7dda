package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// WaitOptions say how close behind is close enough. The context's deadline is the time allowed.
type WaitOptions struct {
	Target string
	MaxLag time.Duration
	Every  time.Duration // between two looks; 0 is half a second
}

// Wait looks until every replica of the target streams with at most the allowed lag. The error is an *[Unhealthy] when
// that does not come about in time.
func Wait(ctx context.Context, s *Session, o WaitOptions) (StatusDocument, error) {
	doc := StatusDocument{Version: 1, Databases: []DatabaseStatus{}}
	target, err := s.Inventory.Target(o.Target)
	if err != nil {
		return doc, err
	}
	g, err := s.group(target)
	if err != nil {
		return doc, err
	}
	if o.Every == 0 {
		o.Every = time.Second / 2
	}
	tick := time.NewTicker(o.Every)
	defer tick.Stop()
	begun, behind, last := time.Now(), "", error(nil)
	for {
		facts := g.inspect(ctx, replication.Glance)
		if ctx.Err() == nil {
			t := g.topology(facts)
			doc.Databases = []DatabaseStatus{g.status(t)}
			behind = doc.Databases[0].behind(o.MaxLag)
			if last = unreachable(t, facts); hopeless(last) {
				return doc, last
			}
			if behind == "" {
				return doc, nil
			}
			s.Screen.Event(plan.Event{Kind: plan.Moved, Time: time.Now(), Step: "wait", Server: g.target.String(),
				Title: "wait for the replicas", Note: behind, Took: time.Since(begun)})
		}
		select {
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return doc, context.Cause(ctx)
			}
			if last != nil {
				return doc, fmt.Errorf("not in time: %w", last)
			}
			if behind == "" {
				behind = "no answer from the servers"
			}
			return doc, &Unhealthy{Text: fmt.Sprintf("%s: not in time: %s", target, behind), Fix: "belt db status " + target.String()}
		case <-tick.C:
		}
	}
}

// hopeless tells whether waiting cannot mend the error.
func hopeless(err error) bool {
	var key *remote.HostKeyError
	var login *remote.LoginError
	var sudo *remote.SudoError
	return errors.As(err, &key) || errors.As(err, &login) || errors.As(err, &sudo)
}

// behind says what is still waited for; empty for nothing.
func (d DatabaseStatus) behind(most time.Duration) string {
	if d.Primary == nil || d.unreachable != nil {
		return strings.Join(d.complaints(), "; ")
	}
	if len(d.Replicas) == 0 {
		return "there is no replica"
	}
	var waits []string
	for _, r := range d.Replicas {
		switch {
		case (r.State == replication.Streaming || r.State == replication.CatchingUp) && r.near(most):
		case r.LagSeconds != nil:
			waits = append(waits, fmt.Sprintf("%s is %s, %.1f s behind", r.Label, r.State, *r.LagSeconds))
		default:
			waits = append(waits, fmt.Sprintf("%s is %s", r.Label, r.State))
		}
	}
	return strings.Join(waits, "; ")
}
