package sshrun

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
)

// afterMark passes on what follows the line with the mark, and keeps the end of what came before: the noise of a login
// shell.
type afterMark struct {
	mark  string
	to    io.Writer
	found bool
	held  []byte
	group chan string // when not nil, gets the script's process group, which the mark line tells
}

func (a *afterMark) Write(p []byte) (int, error) {
	if a.found {
		return a.to.Write(p)
	}
	a.held = append(a.held, p...)
	start := bytes.Index(a.held, []byte(a.mark+" "))
	if start < 0 {
		if len(a.held) > 8<<10 {
			a.held = append([]byte{}, a.held[len(a.held)-4<<10:]...)
		}
		return len(p), nil
	}
	line, rest, whole := bytes.Cut(a.held[start:], []byte("\n"))
	if !whole {
		return len(p), nil
	}
	a.found = true
	if a.group != nil {
		a.group <- strings.TrimSpace(string(line[len(a.mark):]))
	}
	a.held = nil
	if len(rest) > 0 {
		if _, err := a.to.Write(rest); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// noise is what was printed while no mark was seen.
func (a *afterMark) noise() string { return strings.TrimSpace(string(a.held)) }

// tail keeps the last bytes that were written.
type tail struct {
	max int
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if len(t.buf) > 2*t.max {
		t.buf = append([]byte{}, t.buf[len(t.buf)-t.max:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	return string(t.buf[max(0, len(t.buf)-t.max):])
}

// gate lets writes through until it is closed.
type gate struct {
	to     io.Writer
	mu     sync.Mutex
	closed bool
}

var errGateClosed = errors.New("the command was stopped")

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return 0, errGateClosed
	}
	return g.to.Write(p)
}

// close waits for a write that is under way, but not for one that hangs.
func (g *gate) close(ctx context.Context) {
	closed := make(chan struct{})
	go func() {
		g.mu.Lock()
		g.closed = true
		g.mu.Unlock()
		close(closed)
	}()
	select {
	case <-closed:
	case <-ctx.Done():
	}
}
