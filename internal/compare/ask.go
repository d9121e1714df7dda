package compare

import (
	"context"
	"time"
)

// Ask asks many statements at once, and again those whose replies are passing: they failed for a moment only. After patience
// the replies are taken as they are.
func Ask[Reply any](ctx context.Context, patience time.Duration, ask func(context.Context, ...string) ([]Reply, error), passing func(Reply) bool,
	statements ...string) ([]Reply, error) {
	replies, err := ask(ctx, statements...)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(patience)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		var again []string
		var at []int
		for i, reply := range replies {
			if passing(reply) {
				again, at = append(again, statements[i]), append(at, i)
			}
		}
		if len(again) == 0 || time.Now().After(deadline) {
			return replies, nil
		}
		if err := Sleep(ctx, pause); err != nil {
			return nil, err
		}
		second, err := ask(ctx, again...)
		if err != nil {
			return nil, err
		}
		for i, reply := range second {
			replies[at[i]] = reply
		}
	}
}
