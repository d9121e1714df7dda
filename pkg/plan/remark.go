package plan

import (
	"context"
	"fmt"
	"sync"
)

// remark is what a step has to say at its end.
type remark struct {
	mu   sync.Mutex
	text string
}

type remarkKey struct{}

// Remark sets what is told with the end of the step whose Do was given ctx: what it measured, and nobody could know before.
// Nothing where ctx is not a step's.
func Remark(ctx context.Context, format string, args ...any) {
	if r, ok := ctx.Value(remarkKey{}).(*remark); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.text = fmt.Sprintf(format, args...)
	}
}

// remarked is ctx for a step's Do, and what it will have said.
func remarked(ctx context.Context) (context.Context, func() string) {
	r := &remark{}
	return context.WithValue(ctx, remarkKey{}, r), func() string {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.text
	}
}
