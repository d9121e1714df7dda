package sshrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/dbbelt/belt/pkg/remote"
	"golang.org/x/crypto/ssh"
)

// dial connects and logs in. A server that hangs up during the handshake is tried again until the time is over: sshd
// does that at random when many log in at once (MaxStartups). A port that refuses is tried three times in all.
func (m *machine) dial(ctx context.Context) (*conn, error) {
	if m.via == nil {
		return m.dialFrom(ctx, nil)
	}
	for again := false; ; again = true {
		via, err := m.via.connect(ctx)
		if err != nil {
			return nil, &hopError{m.via.set.name, err}
		}
		c, err := m.dialFrom(ctx, via)
		if !errors.Is(err, errGone) || again {
			return c, err
		}
		via.end(err) // it had been lost, and nobody had noticed
	}
}

// dialFrom dials from a jump host's connection, or from here when there is none.
func (m *machine) dialFrom(ctx context.Context, via *conn) (*conn, error) {
	for _, bound := range []chan struct{}{m.handshakes, m.pool.dials} {
		select {
		case bound <- struct{}{}:
			defer func() { <-bound }()
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	ctx, clock := newClock(ctx, m.set.timeout)
	defer clock.stop()

	var last error
	tries, refused := 0, 0
	c, err := backoff.Retry(ctx, func() (*conn, error) {
		c, err := m.dialOnce(ctx, clock, via)
		switch {
		case err == nil:
			return c, nil
		case ctx.Err() != nil:
			return nil, backoff.Permanent(err)
		case errors.Is(err, syscall.ECONNREFUSED):
			if refused++; refused == 3 {
				return nil, backoff.Permanent(err)
			}
		case !hungUp(err):
			return nil, backoff.Permanent(err)
		}
		last = err
		tries++
		return nil, err
	}, backoff.WithBackOff(&backoff.ExponentialBackOff{
		InitialInterval: 150 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 2 * time.Second,
	}), backoff.WithMaxElapsedTime(0))
	if err == nil {
		return c, nil
	}
	var late *timeoutError
	if errors.As(err, &late) && hungUp(last) {
		err = fmt.Errorf("it hung up on %d logins within %s: too many are under way there (MaxStartups), or it bars this "+
			"address for a while (PerSourcePenalties, fail2ban): %w", tries, late.d, last)
	}
	return nil, m.asUnreachable(err)
}

// hopError says that it is a jump host which failed; with several, the innermost names it.
type hopError struct {
	name string
	err  error
}

func (e *hopError) Error() string { return e.err.Error() }
func (e *hopError) Unwrap() error { return e.err }

// asUnreachable gives an error without a type of its own the one for "no connection". A cancelled caller gets what
// cancelled it.
func (m *machine) asUnreachable(err error) error {
	var hostKey *remote.HostKeyError
	var login *remote.LoginError
	var timeout *timeoutError
	switch {
	case errors.As(err, &hostKey), errors.As(err, &login):
		return err
	case !errors.As(err, &timeout) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return err
	}
	return &remote.UnreachableError{Server: m.set.name, Addr: m.set.addr(), Err: err}
}

// hungUp tells whether the server ended the connection before it showed its host key.
func hungUp(err error) bool {
	var early *earlyError
	return errors.As(err, &early) &&
		(errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE))
}

// earlyError is a handshake that failed before the host key was seen.
type earlyError struct{ err error }

func (e *earlyError) Error() string { return e.err.Error() }
func (e *earlyError) Unwrap() error { return e.err }

func (m *machine) dialOnce(ctx context.Context, clock *clock, via *conn) (*conn, error) {
	nc, err := m.network(ctx, via)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, err
	}
	counting := &countingConn{Conn: nc}
	// A silent peer is left by closing the connection: the handshake knows no context.
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	client, err := m.handshake(ctx, clock, counting)
	if !stop() && err == nil {
		client.Close()
		return nil, context.Cause(ctx)
	}
	if err != nil {
		nc.Close()
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	return newConn(client, counting, m.pool.opts.KeepAlive), nil
}

// network opens the byte stream that the handshake runs over.
func (m *machine) network(ctx context.Context, via *conn) (net.Conn, error) {
	switch {
	case via != nil:
		nc, err := via.dial(ctx, "tcp", m.set.addr())
		var refused *ssh.OpenChannelError
		if errors.As(err, &refused) {
			return nil, fmt.Errorf("from jump host %s: %s", m.via.set.name, refused.Message)
		}
		return nc, err
	case m.set.proxyCommand != "":
		return startProxy(m.set.proxyCommand)
	}
	return (&net.Dialer{}).DialContext(ctx, m.set.network, m.set.addr())
}

// handshake authenticates the server, then the user.
func (m *machine) handshake(ctx context.Context, clock *clock, nc net.Conn) (*ssh.Client, error) {
	check, err := m.hostKeyCheck(clock)
	if err != nil {
		return nil, err
	}
	ring := m.keyring(ctx, clock)
	defer ring.close()
	sc, chans, reqs, err := ssh.NewClientConn(nc, m.set.recordName(), &ssh.ClientConfig{
		User:              m.set.user,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(ring.signers()...)}, // only the first method of a kind is tried
		HostKeyCallback:   check.verify,
		HostKeyAlgorithms: check.algorithms,
		ClientVersion:     "SSH-2.0-belt",
	})
	switch {
	case err == nil:
		return ssh.NewClient(sc, chans, reqs), nil
	case check.failed() != nil:
		return nil, check.failed()
	case !check.passed():
		return nil, &earlyError{err}
	}
	return nil, m.loginError(err, ring)
}

// clock ends a context some time after it was last wound up. Waiting for the user does not count.
type clock struct {
	timer *time.Timer
	d     time.Duration
	end   context.CancelCauseFunc
}

// timeoutError says that a server did not answer in time.
type timeoutError struct{ d time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no answer within %s", e.d) }

// Timeout makes it a timeout in the sense of [net.Error].
func (e *timeoutError) Timeout() bool   { return true }
func (e *timeoutError) Temporary() bool { return true }

func newClock(ctx context.Context, d time.Duration) (context.Context, *clock) {
	ctx, end := context.WithCancelCause(ctx)
	c := &clock{d: d, end: end}
	c.timer = time.AfterFunc(d, func() { end(&timeoutError{d}) })
	return ctx, c
}

func (c *clock) pause() { c.timer.Stop() }
func (c *clock) wind()  { c.timer.Reset(c.d) }
func (c *clock) stop()  { c.timer.Stop(); c.end(nil) }
