package transfer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/transfer/task"
	"github.com/dbbelt/belt/pkg/plan"
)

// linger is how long one end has to follow the other into its end.
const linger = 30 * time.Second

// Run moves the stream; see [Mover].
func (j *Jobs) Run(ctx context.Context, s Stream, report plan.Progress) error {
	if s.Path.Way == Within {
		return j.within(ctx, s, report)
	}
	p, err := j.start(ctx, s)
	if err != nil {
		return err
	}
	if p.receive.Found == job.Finished {
		return p.send.Stop(ctx) // it may not know yet
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var relaying sync.WaitGroup
	defer relaying.Wait()
	if s.Path.Way == Relayed {
		relaying.Go(func() { j.relay(ctx, s, p) })
	}
	defer cancel(nil) // before the relay is waited for
	return p.follow(ctx, s, report)
}

// follow waits for both ends. What the receiver says counts: only it can say that all has arrived.
func (p pair) follow(ctx context.Context, s Stream, report plan.Progress) error {
	tell := &teller{report: report}
	sent, received := make(chan error, 1), make(chan error, 1)
	sending, stopSending := context.WithCancel(ctx)
	defer stopSending()
	receiving, stopReceiving := context.WithCancel(ctx)
	defer stopReceiving()
	go func() { sent <- p.send.Follow(sending, tell.sender) }()
	go func() { received <- p.receive.Follow(receiving, tell.receiver) }()

	var sendErr, receiveErr error
	select {
	case receiveErr = <-received:
		sendErr = after(sent, stopSending, receiveErr == nil)
	case sendErr = <-sent:
		if _, failed := errors.AsType[*job.FailedError](sendErr); failed {
			receiveErr = after(received, stopReceiving, false)
		} else {
			receiveErr = <-received // the sender is done, or out of Belt's sight
		}
	}
	if receiveErr == nil {
		return p.send.Stop(ctx) // all is proven; whether it heard so does not matter
	}
	return p.judge(ctx, s, sendErr, receiveErr)
}

// after waits for the other end to follow into the end; one that does not is let go.
func after(other <-chan error, stop func(), well bool) error {
	patience := linger
	if well {
		patience = linger / 6
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-other:
		return err
	case <-timer.C:
		stop()
		<-other
		return nil
	}
}

// judge ends what still runs of a stream that failed, and returns why it did.
func (p pair) judge(ctx context.Context, s Stream, send, receive error) error {
	sender, sendFailed := errors.AsType[*job.FailedError](send)
	receiver, receiveFailed := errors.AsType[*job.FailedError](receive)
	if !sendFailed && !receiveFailed {
		return errors.Join(receive) // it goes on: Belt lost sight of it, or was stopped
	}
	err := receive
	switch {
	case sendFailed && receiveFailed && cause(sender) && cause(receiver):
		err = errors.Join(send, receive)
	case sendFailed && (cause(sender) || !receiveFailed):
		err = send
	case receiveFailed && receiver.Code == task.NoContact, sendFailed && sender.Code == task.NoContact:
		err = &contactError{err: receive, path: s.Path, from: s.From.Runner.Server(), to: s.To.Runner.Server()}
	}
	if ctx.Err() != nil {
		return err
	}
	return errors.Join(err, p.halt(ctx))
}

// cause tells whether an end failed for a reason of its own.
func cause(e *job.FailedError) bool {
	return e.State != job.Failed || e.Code != task.PeerFailed && e.Code != task.NoContact
}

// contactError says that the two ends do not reach each other.
type contactError struct {
	err      error
	path     Path
	from, to string
}

func (e *contactError) Error() string { return e.err.Error() }
func (e *contactError) Unwrap() error { return e.err }

// Hint is the next step for the user.
func (e *contactError) Hint() string {
	ports := fmt.Sprintf("TCP ports %d to %d", e.path.ports().First, e.path.ports().First+e.path.ports().Count-1)
	switch e.path.Way {
	case ToPush:
		return fmt.Sprintf("open %s of %s for %s in the firewalls between them; belt check tests it", ports, e.to, e.from)
	case ToPull:
		return fmt.Sprintf("open %s of %s for %s in the firewalls between them; belt check tests it", ports, e.from, e.to)
	}
	return "run the same command again"
}

// teller makes one progress of the two ends' progress: the receiver's, and what either waits for.
type teller struct {
	report plan.Progress

	mu          sync.Mutex
	done, total int64
	notes       [2]string
}

func (t *teller) receiver(done, total int64, note string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done, t.total, t.notes[0] = done, total, note
	t.tell()
}

func (t *teller) sender(_, _ int64, note string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes[1] = note
	t.tell()
}

func (t *teller) tell() {
	if t.report == nil {
		return
	}
	note := t.notes[0]
	if note == "" {
		note = t.notes[1]
	}
	t.report(t.done, t.total, note)
}
