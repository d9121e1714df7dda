package lab

import (
	"context"
	"slices"
	"time"
)

// Of the loop, beside the options.
const (
	retryEvery = 50 * time.Millisecond // a write after a refused one
	stopGrace  = 5 * time.Second       // for the write in flight when the writer is stopped
)

func (w *Writer) run(ctx context.Context) {
	defer close(w.done)
	// Killing the session ends a write that hangs.
	sessions, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, kill) })()

	var open session
	var waits []time.Duration
	for ctx.Err() == nil {
		w.last++
		start := time.Now()
		var err error
		if open == nil {
			open, err = w.dialer.dial(sessions)
		}
		if err == nil {
			err = open.write(w.options.Table, w.last)
		}
		if open != nil && (open.broken() || err != nil && w.other != nil) {
			open.close()
			open = nil
		}
		if err != nil && w.other != nil {
			w.dialer, w.other = w.other, w.dialer
		}
		if err != nil && ctx.Err() != nil {
			break // stopped while it hung: neither refused nor acknowledged
		}
		waits = w.count(w.last, start, waits, err)
		pause := w.options.Every
		if err != nil {
			pause = retryEvery
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	if open != nil {
		open.close()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(waits) > 0 {
		slices.Sort(waits)
		w.writes.P99 = waits[len(waits)*99/100]
	}
	if !w.down.IsZero() {
		w.writes.RefusedFor += time.Since(w.down)
		w.down = time.Time{}
	}
}

// count books one write and returns the waits of all acknowledged ones.
func (w *Writer) count(id int64, start time.Time, waits []time.Duration, err error) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	wait := time.Since(start)
	// The first write of a connection waits for docker exec and psql as well.
	w.writes.LongestWait = max(w.writes.LongestWait, wait)
	if err == nil {
		w.acked = append(w.acked, id)
		w.writes.Acknowledged++
		if !w.down.IsZero() {
			w.writes.RefusedFor += time.Since(w.down)
			w.down = time.Time{}
		}
		return append(waits, wait)
	}
	w.writes.Refused++
	if w.down.IsZero() {
		w.down = start
	}
	if text := err.Error(); len(w.writes.Errors) < 20 && !slices.Contains(w.writes.Errors, text) {
		w.writes.Errors = append(w.writes.Errors, text)
	}
	return waits
}
