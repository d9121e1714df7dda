package sshrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// errGone says that a connection ended before a command was handed to it: dialling again is safe.
var errGone = errors.New("the connection is gone")

// conn is one open connection.
type conn struct {
	client  *ssh.Client
	slots   *slots
	gone    chan struct{} // closed when the connection has ended; why is set then
	why     error
	proven  sync.Map // system users that this login may become
	reading *countingConn

	once sync.Once
}

func newConn(client *ssh.Client, reading *countingConn, pause time.Duration) *conn {
	c := &conn{client: client, slots: newSlots(perConnSessions), gone: make(chan struct{}), reading: reading}
	go func() {
		err := client.Wait()
		if err == nil {
			err = errors.New("closed by the server")
		}
		c.end(err)
	}()
	go c.keepAlive(pause)
	return c
}

// end closes the connection, which unblocks every reader; the first reason stands.
func (c *conn) end(why error) {
	c.once.Do(func() {
		c.why = why
		close(c.gone)
		// Closing writes nothing, so it does not wait for a peer that is silent.
		c.client.Close()
	})
}

func (c *conn) alive() bool {
	select {
	case <-c.gone:
		return false
	default:
		return true
	}
}

// keepAlive gives the connection up after three unanswered signs of life. Anything that arrives counts as an answer:
// behind a full pipe the reply itself may be late.
func (c *conn) keepAlive(pause time.Duration) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var unanswered atomic.Int32
	seen := c.reading.n.Load()
	for {
		select {
		case <-c.gone:
			return
		case <-tick.C:
		}
		if now := c.reading.n.Load(); now != seen {
			seen = now
			unanswered.Store(0)
		}
		if unanswered.Add(1) > 3 {
			c.end(fmt.Errorf("no sign of life for %s", 3*pause))
			return
		}
		go c.client.SendRequest("keepalive@openssh.com", true, nil)
	}
}

// session opens a session; give its slot back with c.slots.release. A server at its MaxSessions is waited for.
func (c *conn) session(ctx context.Context) (*ssh.Session, error) {
	for {
		if err := c.slots.acquire(ctx, c.gone); err != nil {
			return nil, err
		}
		s, err := c.open(ctx)
		if err == nil {
			return s, nil
		}
		var refused *ssh.OpenChannelError
		if !errors.As(err, &refused) {
			return nil, err
		}
		if !c.slots.refused() {
			return nil, fmt.Errorf("the server opens no session: %s", refused.Message)
		}
	}
}

// open asks for one session. Its slot is given back when it fails for another reason than the server's refusal.
func (c *conn) open(ctx context.Context) (*ssh.Session, error) {
	type answer struct {
		s   *ssh.Session
		err error
	}
	got := make(chan answer, 1)
	go func() {
		s, err := c.client.NewSession()
		got <- answer{s, err}
	}()
	select {
	case a := <-got:
		var refused *ssh.OpenChannelError
		if a.err != nil && !errors.As(a.err, &refused) {
			c.slots.release()
			return nil, fmt.Errorf("%w: %w", errGone, a.err)
		}
		return a.s, a.err
	case <-ctx.Done():
		go func() { // the answer still comes, or the connection ends
			if a := <-got; a.err == nil {
				a.s.Close()
			}
			c.slots.release()
		}()
		return nil, context.Cause(ctx)
	}
}

// dial connects to an address from the server.
func (c *conn) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := c.client.DialContext(ctx, network, addr)
	var refused *ssh.OpenChannelError
	if err == nil || ctx.Err() != nil || errors.As(err, &refused) {
		return nc, err
	}
	return nil, fmt.Errorf("%w: %w", errGone, err)
}

// countingConn counts what arrives.
type countingConn struct {
	net.Conn
	n atomic.Int64
}

func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}
