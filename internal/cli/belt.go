package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/internal/transfer/mover"
	"github.com/dbbelt/belt/internal/transfer/programs"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
)

// belt is the program: its streams, its environment, and what commands need of the world. Tests put doubles in.
type belt struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string

	// engines are the databases that this belt replicates.
	engines ops.Engines
	// connect makes the way to the servers; its end closes every connection. Commands that contact no server do not call it.
	connect func(ctx context.Context, b *belt, secrets *remote.Secrets) (ops.Connector, func(), error)

	locks   ops.Locks
	streams ops.Streams
	pusher  func(ops.Pushing) ops.Pusher

	flags globals
	args  []string // as given, for the journal

	hard     context.Context // ends when the user wants to leave at once
	changing atomic.Bool     // something may have to be rolled back
	printed  bool            // stdout has its document
	shown    *screen         // once it was needed

	unprinted error  // why stdout did not take a result
	trace     string // the file that has every command of this run; empty until there is one
}

// Main runs belt and returns its exit code. args are without the program's name; env is as [os.Environ] has it.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	if len(args) > 0 && args[0] == programs.Argument { // on a server, for the time of a copy
		return mover.Main(ctx, args[1:], stdin, stdout, stderr)
	}
	b := &belt{
		stdin: stdin, stdout: stdout, stderr: stderr, getenv: lookup(env),
		engines: production(), connect: overSSH, locks: ops.ServerLocks{}, streams: transfer.New(), pusher: ops.OnServers, args: args,
	}
	return b.run(ctx)
}

// lookup makes a getenv of an environment. As in a process, the last of two wins.
func lookup(env []string) func(string) string {
	values := make(map[string]string, len(env))
	for _, line := range env {
		if name, value, ok := strings.Cut(line, "="); ok {
			values[name] = value
		}
	}
	return func(name string) string { return values[name] }
}

// inventoryError says that the inventory cannot be read.
type inventoryError struct{ err error }

func (e *inventoryError) Error() string { return e.err.Error() }
func (e *inventoryError) Unwrap() error { return e.err }

// Hint is the next step for the user.
func (e *inventoryError) Hint() string {
	if hint := ops.HintOf(e.err); hint != "" {
		return hint
	}
	if errors.Is(e.err, fs.ErrNotExist) {
		return "`belt init` writes one to start from"
	}
	return "mend it and try again: `belt check` tells whether it is right"
}

// inventory reads the inventory that the flags and the environment name.
func (b *belt) inventory() (*inventory.Inventory, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, &inventoryError{err}
	}
	path, err := inventory.Find(b.flags.file, b.getenv, cwd)
	if err != nil {
		return nil, err
	}
	inv, err := inventory.Load(path)
	if err != nil {
		return nil, &inventoryError{err}
	}
	return inv, nil
}

// session reads the inventory and hands f all that an operation works with.
func (b *belt) session(ctx context.Context, f func(*ops.Session) error) error {
	inv, err := b.inventory()
	if err != nil {
		return err
	}
	secrets := &remote.Secrets{}
	for _, app := range inv.Apps {
		for _, d := range app.Databases {
			for _, c := range []inventory.Credentials{d.Credentials, d.Admin} {
				if password, err := c.Password(); err == nil { // whoever needs it says what is wrong with it
					secrets.Add(password)
				}
			}
		}
	}
	connect, end, err := b.connect(ctx, b, secrets)
	if err != nil {
		return fmt.Errorf("prepare the connections: %w", err)
	}
	defer end()
	return f(&ops.Session{
		Inventory: inv, Engines: b.engines, Connect: connect, Screen: b.screen(), Locks: b.locks, Streams: b.streams, Env: b.pusher,
		Args: b.args, ExitCode: exitCode,
	})
}
