package remote

import (
	"context"
	"fmt"
	"net"
)

// Tunnel is a connection to make from a server, for a client that speaks a database's own protocol.
type Tunnel struct {
	// Address is host:port as the server sees it: "127.0.0.1:27017".
	Address string
	// ReadOnly is the caller's promise that nothing is changed by what is said through the connection; the guard of
	// inspection and of --dry-run lets only such connections pass. Nobody looks inside, so whoever promises keeps a list of
	// what may be said.
	ReadOnly bool
}

func (t Tunnel) title() string { return "connect to " + t.Address }

// Dialer is a [Runner] that can make connections from its server.
type Dialer interface {
	Dial(ctx context.Context, t Tunnel) (net.Conn, error)
}

// Dial makes a connection from the runner's server. It does not end with ctx.
func Dial(ctx context.Context, r Runner, t Tunnel) (net.Conn, error) {
	d, ok := r.(Dialer)
	if !ok {
		return nil, fmt.Errorf("%s: %s: this way to the server carries commands only", r.Server(), t.title())
	}
	return d.Dial(ctx, t)
}

// Record puts what was said through a tunnel into the runner's trace, if it has one. Secrets are masked.
func Record(r Runner, what string) {
	for {
		if t, ok := r.(*tracer); ok {
			t.record(what)
			return
		}
		wrapped, ok := r.(interface{ Unwrap() Runner })
		if !ok {
			return
		}
		r = wrapped.Unwrap()
	}
}

// Dial lets connections pass that promise to change nothing.
func (g guarded) Dial(ctx context.Context, t Tunnel) (net.Conn, error) {
	if !t.ReadOnly {
		return nil, &GuardError{Server: g.Server(), Title: t.title()}
	}
	return Dial(ctx, g.Runner, t)
}

// Dial waits for no turn: a connection is no command.
func (l limited) Dial(ctx context.Context, t Tunnel) (net.Conn, error) { return Dial(ctx, l.Runner, t) }

// Dial takes the connection down.
func (t *tracer) Dial(ctx context.Context, to Tunnel) (net.Conn, error) {
	what := to.title()
	if to.ReadOnly {
		what += " (reads only)"
	}
	conn, err := Dial(ctx, t.Runner, to)
	if err != nil {
		what += ": " + err.Error()
	}
	t.record(what)
	return conn, err
}

func (g guarded) Unwrap() Runner { return g.Runner }
func (l limited) Unwrap() Runner { return l.Runner }
