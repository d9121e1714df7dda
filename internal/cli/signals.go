package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/dbbelt/belt/pkg/plan"
)

// signals gives the command a context that ends with the first Ctrl-C or SIGTERM, so that it rolls back, or with a closed
// terminal, so that it lets go. The second signal ends b.hard: the way back stops, too, and what is left is listed. After
// that a signal does what it does to any program.
func (b *belt) signals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	hard, leave := context.WithCancel(context.WithoutCancel(parent))
	b.hard = hard

	received := make(chan os.Signal, 4)
	watched := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		watched = append(watched, syscall.SIGHUP)
	}
	signal.Notify(received, watched...)
	done := make(chan struct{})
	go func() {
		for stopping := false; ; {
			select {
			case <-done:
				return
			case s := <-received:
				switch {
				case s == syscall.SIGHUP:
					cancel(plan.ErrHangup)
				case !stopping:
					stopping = true
					if b.changing.Load() && b.screen().inSteps.Load() {
						b.screen().Warn("interrupted: rolling back; press again to leave at once")
					}
					cancel(plan.ErrInterrupt)
				default:
					leave()
					signal.Stop(received)
				}
			}
		}
	}()
	return ctx, func() {
		signal.Stop(received)
		close(done)
		cancel(nil)
		leave()
	}
}

// deadline puts --timeout on the context.
func (b *belt) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.flags.timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, b.flags.timeout,
		fmt.Errorf("not done within %s: %w", b.flags.timeout, context.DeadlineExceeded))
}
