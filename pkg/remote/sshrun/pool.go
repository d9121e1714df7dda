// Package sshrun runs commands on servers over SSH: it is the [remote.Runner] of real servers.
//
// A [Pool] keeps one connection per server, dialled at the first command and again when it was lost, and shares it
// between all users. Host keys, keys, the agent, jump hosts and ~/.ssh/config are treated as OpenSSH treats them; what
// is stricter is said in docs/ssh.md. The agent is never forwarded.
//
// A command costs two round trips on an open connection. Its script runs under /bin/sh with LC_ALL=C in the folder /,
// whatever the login shell is and prints. Cancelling a command's context sends its process group a SIGTERM; where the
// connection is gone nothing can be sent, so work that has to be stoppable, or has to outlive the connection, runs
// detached on the server.
package sshrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// Pool holds the connections of one program. It is safe for concurrent use.
type Pool struct {
	opts     Options
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	dials    chan struct{} // one token per server that is being dialled
	lookups  chan struct{} // one token per running ssh -G
	terminal sync.Mutex    // one question at a time
	keys     keyCache
	known    knownHostsCache

	mu         sync.Mutex
	byTarget   map[Target]*machine
	byID       map[identity]*machine
	handshakes map[string]chan struct{} // by address
}

// New returns a pool without connections.
func New(opts Options) *Pool {
	if opts.ConnectTimeout <= 0 {
		opts.ConnectTimeout = 10 * time.Second
	}
	if opts.Parallel <= 0 {
		opts.Parallel = 64
	}
	if opts.KeepAlive <= 0 {
		opts.KeepAlive = 15 * time.Second
	}
	if opts.Home == "" {
		opts.Home, _ = os.UserHomeDir()
	}
	if opts.Agent == "" {
		opts.Agent = os.Getenv("SSH_AUTH_SOCK")
	}
	if opts.SSH == "" {
		opts.SSH, _ = exec.LookPath("ssh")
	}
	p := &Pool{
		opts:       opts,
		dials:      make(chan struct{}, opts.Parallel),
		lookups:    make(chan struct{}, 8),
		byTarget:   map[Target]*machine{},
		byID:       map[identity]*machine{},
		handshakes: map[string]chan struct{}{},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Runner returns the runner of a server. Nothing is dialled before its first command.
func (p *Pool) Runner(t Target) remote.Runner { return &runner{pool: p, target: t} }

// Close ends every connection; commands that still run come back with a *remote.LostError.
func (p *Pool) Close() error {
	p.cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.byID {
		m.close(errClosed)
	}
	return nil
}

var errClosed = errors.New("the program is closing its connections")

// machine returns the server that the target means. Targets that mean the same account of the same server, reached
// and trusted the same way, share one machine and so one connection.
func (p *Pool) machine(ctx context.Context, t Target) (*machine, error) {
	t.Label = ""
	p.mu.Lock()
	m := p.byTarget[t]
	p.mu.Unlock()
	if m != nil {
		return m, nil
	}
	s, err := p.resolve(ctx, t)
	if err != nil {
		return nil, &remote.UnreachableError{Server: t.Host, Addr: t.Host, Err: err}
	}
	var via *machine
	if hop, ok := s.lastHop(t); ok {
		if hop.depth > maxHops {
			return nil, &remote.UnreachableError{Server: t.Host, Addr: t.Host,
				Err: fmt.Errorf("more than %d jump hosts: ProxyJump goes in a circle", maxHops)}
		}
		if via, err = p.machine(ctx, hop); err != nil {
			return nil, err
		}
	}
	return p.add(t, s, via), nil
}

// maxHops is more than anybody has; it ends a circle of ProxyJump lines.
const maxHops = 16

func (p *Pool) add(t Target, s settings, via *machine) *machine {
	id := identity{user: s.user, addr: s.addr(), hostKey: s.hostKey, known: s.knownHostsKey(), proxy: s.proxyCommand, via: via}
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.byID[id]
	if m == nil {
		slots := p.handshakes[s.addr()]
		if slots == nil {
			slots = make(chan struct{}, perServerHandshakes)
			p.handshakes[s.addr()] = slots
		}
		m = &machine{pool: p, set: s, via: via, handshakes: slots}
		p.byID[id] = m
	}
	p.byTarget[t] = m
	return m
}

// identity is what makes two targets the same server. The key files are no part of it: who is logged in is.
type identity struct {
	user, addr, hostKey, known, proxy string
	via                               *machine
}
