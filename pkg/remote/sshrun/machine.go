package sshrun

import (
	"context"
	"sync"
)

// machine is one server (or jump host) and its connection, when there is one.
type machine struct {
	pool       *Pool
	set        settings
	via        *machine // the jump host it is reached from
	handshakes chan struct{}

	mu      sync.Mutex
	open    *conn
	dialing *attempt
}

// attempt is one dial that everybody who needs the connection waits for.
type attempt struct {
	done   chan struct{}
	conn   *conn
	err    error
	caller context.Context
}

// connect returns the open connection, or dials. Those who ask while it dials share the outcome; only when the one who
// dialled was cancelled does the next one try.
func (m *machine) connect(ctx context.Context) (*conn, error) {
	for {
		if err := context.Cause(m.pool.ctx); err != nil {
			return nil, errClosed
		}
		m.mu.Lock()
		if m.open != nil && m.open.alive() {
			defer m.mu.Unlock()
			return m.open, nil
		}
		a := m.dialing
		if a == nil {
			a = &attempt{done: make(chan struct{}), caller: ctx}
			m.dialing = a
			m.mu.Unlock()
			m.try(a)
			return a.conn, a.err
		}
		m.mu.Unlock()
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if a.err == nil || a.caller.Err() == nil {
			return a.conn, a.err
		}
	}
}

func (m *machine) try(a *attempt) {
	ctx, cancel := context.WithCancelCause(a.caller)
	defer cancel(nil)
	defer context.AfterFunc(m.pool.ctx, func() { cancel(errClosed) })()
	a.conn, a.err = m.dial(ctx)

	m.mu.Lock()
	defer m.mu.Unlock()
	m.dialing = nil
	if a.err == nil {
		m.open = a.conn
		if m.pool.ctx.Err() != nil {
			a.conn.end(errClosed)
		}
	}
	close(a.done)
}

func (m *machine) close(why error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open != nil {
		m.open.end(why)
	}
}
