package remote

import (
	"context"
	"fmt"
)

// Limit returns a runner that runs at most n commands at once; the others wait their turn.
func Limit(r Runner, n int) Runner { return limited{r, make(chan struct{}, max(1, n))} }

type limited struct {
	Runner
	turns chan struct{}
}

func (l limited) Run(ctx context.Context, cmd Command) (Result, error) {
	select {
	case l.turns <- struct{}{}:
		defer func() { <-l.turns }()
		return l.Runner.Run(ctx, cmd)
	case <-ctx.Done():
		return Result{Code: -1}, fmt.Errorf("%s: %s: stopped while waiting for its turn: %w", l.Server(), Title(cmd), context.Cause(ctx))
	}
}
