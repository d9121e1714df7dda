package mover

import (
	"sync"
	"time"
)

// fate is how the stream ends at one end, and whether the other end knows. Its lock guards all of that end's state.
type fate struct {
	mu      sync.Mutex
	changed *sync.Cond
	failure error // why this end gave up
	peer    error // why the other end gave up
	done    bool  // the receiver's tool has ended well
	saying  kind  // the last word that is being said; kindPing for none
	parted  bool  // the other end has heard it
}

func (f *fate) init() {
	f.changed = sync.NewCond(&f.mu)
	f.saying = kindPing
}

// fail gives up, unless that is settled already; the other end is told.
func (f *fate) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failure == nil && f.peer == nil && !f.done {
		f.failure = err
	}
	f.changed.Broadcast()
}

// hearFailure reads why the other end gave up.
func (f *fate) hearFailure(l *line, h header) error {
	text, err := l.text(h)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.done {
		f.peer = &peerError{text}
	}
	f.changed.Broadcast()
	return errOver
}

// brokenLocked is why the stream failed, at this end or the other; nil as long as it did not. The lock is held.
func (f *fate) brokenLocked() error {
	if f.peer != nil {
		return f.peer
	}
	return f.failure
}

// settled tells whether nothing is left to say.
func (f *fate) settled() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.parted || f.peer != nil
}

// over tells whether there is an outcome.
func (f *fate) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done || f.brokenLocked() != nil
}

// drop is told that the connection is closed.
func (f *fate) drop(l *line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l.dropped = true
	f.changed.Broadcast()
}

// await waits for the outcome, and then as long as parting says for the other end to hear of it.
func (f *fate) await(parting func() time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.brokenLocked() == nil && !f.done {
		f.changed.Wait()
	}
	late := false
	timer := time.AfterFunc(parting(), func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		late = true
		f.changed.Broadcast()
	})
	defer timer.Stop()
	for !f.parted && f.peer == nil && !late {
		f.changed.Wait()
	}
	return f.brokenLocked()
}

// whenBroken calls do once the stream has failed; release is for when nobody wants that any more.
func (f *fate) whenBroken(do func()) (release func()) {
	over := false
	go func() {
		f.mu.Lock()
		for f.brokenLocked() == nil && !over {
			f.changed.Wait()
		}
		call := !over
		f.mu.Unlock()
		if call {
			do()
		}
	}()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		over = true
		f.changed.Broadcast()
	}
}
