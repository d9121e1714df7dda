package mover

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dbbelt/belt/internal/transfer/task"
)

const (
	dialTimeout = 5 * time.Second
	lastRetry   = 5 * time.Second
	strangers   = 32 // connections that are being greeted at once
)

// network is how connections to the other end come about.
type network struct {
	task  task.Task
	keys  keys
	p     patience
	say   func(format string, args ...any)
	about *contact

	mu   sync.Mutex
	port int // where the other end answered last
	live map[*visitor]bool
}

// visitor is a connection that the other end made, and how to close it.
type visitor struct {
	net.Conn
	heard atomic.Int64 // when something came last
	end   context.CancelCauseFunc
}

func (v *visitor) Read(b []byte) (int, error) {
	n, err := v.Conn.Read(b)
	if n > 0 {
		v.heard.Store(time.Now().UnixNano())
	}
	return n, err
}

// CloseWrite ends what this end has to say.
func (v *visitor) CloseWrite() error { return v.Conn.(*tls.Conn).CloseWrite() }

// run makes connections, or takes them, and lets e use them, until ctx ends. It returns an error when none can ever come.
func (n *network) run(ctx context.Context, e end) error {
	if n.task.Dial == "" {
		return n.accept(ctx, e)
	}
	var group sync.WaitGroup
	for range n.task.Connections {
		group.Go(func() { n.call(ctx, e) })
	}
	group.Wait()
	return nil
}

// call keeps one connection up.
func (n *network) call(ctx context.Context, e end) {
	pause := n.p.retry
	for ctx.Err() == nil {
		conn, err := n.dial(ctx)
		if err == nil {
			err = serve(ctx, conn, e, n.p)
			if e.settled() || errors.Is(err, errOver) || ctx.Err() != nil {
				return
			}
			if silent, _ := n.about.silence(); silent < n.p.quiet {
				pause = n.p.retry // the other end is there
			}
			if !e.over() { // else it is closed because all is said
				n.say("connection to %s lost: %v; making a new one", n.task.Peer, err)
			}
		}
		n.about.failed(err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, max(lastRetry, n.p.retry))
	}
}

// dial finds the other end: on the port where it was last, else on all of its ports at once. Whoever has the right
// certificate is it.
func (n *network) dial(ctx context.Context) (*tls.Conn, error) {
	n.mu.Lock()
	known := n.port
	n.mu.Unlock()
	if known != 0 {
		return n.dialPort(ctx, known)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		conn *tls.Conn
		port int
		err  error
	}
	answers := make(chan answer)
	for port := n.task.Ports.First; port < n.task.Ports.First+n.task.Ports.Count; port++ {
		go func() {
			conn, err := n.dialPort(ctx, port)
			answers <- answer{conn, port, err}
		}()
	}
	var found *tls.Conn
	var errs []error
	for range n.task.Ports.Count {
		switch a := <-answers; {
		case a.err != nil:
			errs = append(errs, a.err)
		case found != nil:
			a.conn.Close()
		default:
			found = a.conn
			n.mu.Lock()
			n.port = a.port
			n.mu.Unlock()
			cancel() // the other ports need not answer any more
		}
	}
	if found != nil {
		return found, nil
	}
	return nil, telling(errs)
}

// telling is the error that says most: a port that refuses is only one that the other end did not take.
func telling(errs []error) error {
	for _, err := range errs {
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
	}
	return errs[0]
}

func (n *network) dialPort(ctx context.Context, port int) (*tls.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(n.task.Dial, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	secure, err := n.keys.greet(ctx, conn, n.task.Sends)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", conn.RemoteAddr(), err)
	}
	return secure, nil
}

// listen takes the first free port, on the address that the other end calls where this server has it.
func listen(t task.Task) (net.Listener, error) {
	if t.Relayed {
		if err := os.Remove(task.Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		return net.Listen("unix", task.Socket)
	}
	var errs []error
	for port := t.Ports.First; port < t.Ports.First+t.Ports.Count; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(t.Listen, strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRNOTAVAIL) { // it is translated on the way
			l, err = net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(port)))
		}
		if err == nil {
			return l, nil
		}
		errs = append(errs, err)
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return nil, fmt.Errorf("no port to wait on: %w", errors.Join(errs...))
}

func (n *network) accept(ctx context.Context, e end) error {
	l, err := listen(n.task)
	if err != nil {
		return err
	}
	n.say("waiting for %s on %s", n.task.Peer, l.Addr())
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer l.Close()
	n.live = map[*visitor]bool{}
	turns := make(chan struct{}, strangers)
	var group sync.WaitGroup
	defer group.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			n.about.failed(err) // too many open files, perhaps: it passes
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(n.p.retry):
			}
			continue
		}
		select {
		case turns <- struct{}{}:
		default:
			conn.Close()
			continue
		}
		group.Go(func() {
			secure, err := n.keys.greet(ctx, conn, n.task.Sends)
			<-turns
			if err != nil {
				conn.Close()
				n.about.failed(fmt.Errorf("%s: %w", conn.RemoteAddr(), err))
				return
			}
			n.host(ctx, secure, e)
		})
	}
}

// host serves a connection that the other end made. When it makes more than it has, it gave up one that looks alive from
// here, after the network had paused: the one that was silent for longest is closed.
func (n *network) host(ctx context.Context, conn *tls.Conn, e end) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	v := &visitor{Conn: conn, end: cancel}
	v.heard.Store(time.Now().UnixNano())
	n.mu.Lock()
	n.live[v] = true
	if len(n.live) > n.task.Connections {
		silent := v
		for other := range n.live {
			if other.heard.Load() < silent.heard.Load() {
				silent = other
			}
		}
		silent.end(errors.New("the other end made a new one in its place"))
	}
	n.mu.Unlock()
	err := serve(ctx, v, e, n.p)
	n.mu.Lock()
	delete(n.live, v)
	n.mu.Unlock()
	if e.over() || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return
	}
	n.about.failed(err)
	n.say("connection from %s lost: %v", n.task.Peer, err)
}
