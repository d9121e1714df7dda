package mover

import (
	"context"
	"sync"
	"time"
)

// contact knows for how long the other end has not been heard.
type contact struct {
	peer string
	p    patience

	mu     sync.Mutex
	ever   bool
	silent time.Duration // as far as this process ran: what it slept through does not count
	last   error         // why the last connection failed
}

// alive takes down that the other end was heard.
func (c *contact) alive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ever, c.silent, c.last = true, 0, nil
}

// failed takes down why there is no connection.
func (c *contact) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = err
}

// silence is for how long nothing was heard, and whether anything ever was.
func (c *contact) silence() (silent time.Duration, ever bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent, c.ever
}

// watch returns a *contactError when the patience is over, and nil when ctx is.
func (c *contact) watch(ctx context.Context) error {
	const every = 100 * time.Millisecond
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	before := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		now := time.Now()
		step := min(now.Sub(before), 10*every)
		before = now
		if err := c.add(step); err != nil {
			return err
		}
	}
}

func (c *contact) add(step time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent += step
	limit := c.p.first
	if c.ever {
		limit = c.p.contact
	}
	if c.silent < limit {
		return nil
	}
	return &contactError{peer: c.peer, ever: c.ever, last: c.last, wait: limit}
}

// parting is how long it is worth waiting for the other end to hear the last word: not at all where it is gone, or where
// this end is stopped before there was another.
func (c *contact) parting(stopped bool) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ever && c.silent >= c.p.contact || !c.ever && (stopped || c.silent >= c.p.first) {
		return 0
	}
	return c.p.parting
}
