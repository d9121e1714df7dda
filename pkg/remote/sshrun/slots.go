package sshrun

import (
	"context"
	"sync"
)

// slots bounds the sessions of one connection. A server may allow fewer than it was thought (MaxSessions): then the
// bound shrinks to what it allowed.
type slots struct {
	mu    sync.Mutex
	used  int
	limit int
	freed chan struct{} // closed, and made anew, when a slot is given back
}

func newSlots(limit int) *slots { return &slots{limit: limit, freed: make(chan struct{})} }

func (s *slots) acquire(ctx context.Context, gone <-chan struct{}) error {
	for {
		s.mu.Lock()
		if s.used < s.limit {
			s.used++
			s.mu.Unlock()
			return nil
		}
		freed := s.freed
		s.mu.Unlock()
		select {
		case <-freed:
		case <-gone:
			return errGone
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *slots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	close(s.freed)
	s.freed = make(chan struct{})
}

// refused gives back a slot that the server did not grant, and tells whether waiting for another one makes sense.
func (s *slots) refused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	if s.used == 0 {
		return false
	}
	s.limit = s.used
	return true
}
