package replica

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// ErrNotYet is what Until returns when the state did not come about in time.
var ErrNotYet = errors.New("not in time")

// Until polls cond, ever more slowly, until it holds, fails, or patience is over.
func Until(ctx context.Context, patience time.Duration, cond func(context.Context) (bool, error)) error {
	deadline := time.Now().Add(patience)
	pause := 20 * time.Millisecond
	for {
		ok, err := cond(ctx)
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w (%s)", ErrNotYet, patience)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
		pause = min(pause*3/2, 500*time.Millisecond)
	}
}

// Quiet is a Progress for work that has nothing to tell.
func Quiet(int64, int64, string) {}

var _ plan.Progress = Quiet
