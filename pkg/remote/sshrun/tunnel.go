package sshrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// Dial connects to an address as seen from the server, through its connection: "tcp" with host:port, or "unix" with
// a socket's path. The connection that it returns does not end with the context.
func (p *Pool) Dial(ctx context.Context, t Target, network, addr string) (net.Conn, error) {
	r := &runner{pool: p, target: t}
	title := "connect to " + addr
	m, err := p.machine(ctx, t)
	if err != nil {
		return nil, r.explain(ctx, title, err)
	}
	for again := false; ; again = true {
		c, err := m.connect(ctx)
		if err != nil {
			return nil, r.explain(ctx, title, err)
		}
		nc, err := c.dial(ctx, network, addr)
		var refused *ssh.OpenChannelError
		switch {
		case err == nil:
			return &tunnel{Conn: nc}, nil
		case ctx.Err() != nil:
			return nil, r.cancelled(ctx, title)
		case errors.As(err, &refused):
			return nil, fmt.Errorf("%s: %s: %s", r.Server(), title, refused.Message)
		case again:
			return nil, r.explain(ctx, title, m.asUnreachable(err))
		}
		c.end(err)
	}
}

// tunnel gives a channel deadlines, which database drivers set. A deadline that passes closes the channel for good,
// which is all that those drivers need.
type tunnel struct {
	net.Conn
	mu          sync.Mutex
	read, write *time.Timer
	expired     atomic.Bool
}

func (t *tunnel) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	return n, t.reason(err)
}

func (t *tunnel) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	return n, t.reason(err)
}

func (t *tunnel) reason(err error) error {
	if err != nil && t.expired.Load() {
		return os.ErrDeadlineExceeded
	}
	return err
}

func (t *tunnel) Close() error {
	t.SetDeadline(time.Time{})
	return t.Conn.Close()
}

func (t *tunnel) SetDeadline(at time.Time) error {
	t.set(&t.read, at)
	t.set(&t.write, at)
	return nil
}

func (t *tunnel) SetReadDeadline(at time.Time) error  { t.set(&t.read, at); return nil }
func (t *tunnel) SetWriteDeadline(at time.Time) error { t.set(&t.write, at); return nil }

func (t *tunnel) set(timer **time.Timer, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if *timer != nil {
		(*timer).Stop()
		*timer = nil
	}
	if !at.IsZero() {
		*timer = time.AfterFunc(time.Until(at), func() {
			t.expired.Store(true)
			t.Conn.Close()
		})
	}
}
