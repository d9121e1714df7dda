package mongotest

import (
	"context"
	"fmt"
	"net"

	"github.com/dbbelt/belt/pkg/remote"
)

// runner is the way to a server.
type runner struct {
	server *Server
	label  string
}

func (r *runner) Server() string { return r.label }

func (r *runner) unreachable() error {
	return &remote.UnreachableError{Server: r.label, Addr: r.server.External, Err: fmt.Errorf("no route to host")}
}

// Dial connects from the server, as its sshd does.
func (r *runner) Dial(ctx context.Context, t remote.Tunnel) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	w := r.server.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.server.down {
		return nil, r.unreachable()
	}
	p := w.at(r.server, t.Address)
	if p == nil {
		return nil, fmt.Errorf("%s: connect to %s: Connection refused", r.label, t.Address)
	}
	return p.connect(p.server == r.server), nil
}
