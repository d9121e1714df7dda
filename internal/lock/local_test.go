package lock

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// local is a server that is this machine, on which everybody is root.
type local struct{ remotetest.Local }

func server(name string) local { return local{remotetest.Local{Name: name}} }

func (l local) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.As = ""
	return l.Local.Run(ctx, c)
}

// inDir is a server of its own: its locks lie in a folder of their own.
type inDir struct {
	local
	dir string
}

func (s inDir) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Args = append([]string{s.dir}, c.Args[1:]...)
	return s.local.Run(ctx, c)
}

// fragile is a server behind a connection that can go silent without a word: once it is cut, nothing passes in either
// direction, and the server does not hear that anything was closed or cancelled.
type fragile struct {
	local
	cut *atomic.Bool
}

func (f fragile) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if c.Stdin != nil {
		c.Stdin = reader{f.cut, c.Stdin}
	}
	if c.Stdout != nil {
		c.Stdout = writer{f.cut, c.Stdout}
	}
	type answer struct {
		res remote.Result
		err error
	}
	ended := make(chan answer, 1)
	reached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if !f.cut.Load() {
			cancel()
		}
	})
	go func() {
		defer cancel()
		defer stop()
		res, err := f.local.Run(reached, c)
		ended <- answer{res, err}
	}()
	select {
	case a := <-ended:
		return a.res, a.err
	case <-ctx.Done():
		return remote.Result{Code: -1}, ctx.Err()
	}
}

type reader struct {
	cut *atomic.Bool
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.cut.Load() {
		select {} // neither a byte nor an end
	}
	return n, err
}

type writer struct {
	cut *atomic.Bool
	io.Writer
}

func (w writer) Write(p []byte) (int, error) {
	if w.cut.Load() {
		return len(p), nil
	}
	return w.Writer.Write(p)
}

// broken is a server that cannot be reached.
type broken struct{ err error }

func (broken) Server() string { return "db2" }
func (b broken) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{}, b.err
}
