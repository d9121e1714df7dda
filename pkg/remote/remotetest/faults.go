package remotetest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// When says at which point of a command a [Fault] strikes.
type When int

// The points of a command.
const (
	Before When = iota // the command does not run at all
	After              // the command runs, but its success is not reported
)

// Fault is one thing that goes wrong.
type Fault struct {
	Nth   int                       // the n-th command, from 1, of all that match; 0: every one
	Match func(remote.Command) bool // nil: every command
	When  When
	Err   error         // what Run returns; nil: a *remote.LostError, for the connection broke
	Delay time.Duration // instead of failing, the command comes that much later

	seen int
}

// Faults makes commands fail. One Faults may wrap the runners of several servers: it counts the commands of all, in
// the order in which they start.
type Faults struct {
	mu     sync.Mutex
	faults []*Fault
	count  int
}

// NewFaults returns an injector of the given faults; with none it only counts.
func NewFaults(faults ...Fault) *Faults {
	f := &Faults{}
	for _, fault := range faults {
		f.faults = append(f.faults, &fault)
	}
	return f
}

// Count is how many commands have been started: the range of Nth for a test that breaks each one in turn.
func (f *Faults) Count() int { f.mu.Lock(); defer f.mu.Unlock(); return f.count }

// Wrap returns a runner whose commands go through the injector.
func (f *Faults) Wrap(r remote.Runner) remote.Runner { return &faulty{r, f} }

// ErrInjected is a plain failure to use as a [Fault]'s Err.
var ErrInjected = errors.New("injected fault")

// HasTitle matches commands by [remote.Title].
func HasTitle(title string) func(remote.Command) bool {
	return func(c remote.Command) bool { return remote.Title(c) == title }
}

func (f *Faults) strike(cmd remote.Command) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	var hit *Fault
	for _, fault := range f.faults {
		if fault.Match != nil && !fault.Match(cmd) {
			continue
		}
		fault.seen++
		if hit == nil && (fault.Nth == 0 || fault.Nth == fault.seen) {
			hit = fault
		}
	}
	return hit
}

type faulty struct {
	remote.Runner
	faults *Faults
}

// Unwrap is the runner behind the injector.
func (r *faulty) Unwrap() remote.Runner { return r.Runner }

// Dial lets connections pass: the injector breaks commands.
func (r *faulty) Dial(ctx context.Context, t remote.Tunnel) (net.Conn, error) {
	return remote.Dial(ctx, r.Runner, t)
}

func (r *faulty) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	fault := r.faults.strike(cmd)
	if fault == nil {
		return r.Runner.Run(ctx, cmd)
	}
	if fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
			return r.Runner.Run(ctx, cmd)
		case <-ctx.Done():
			return remote.Result{Code: -1}, context.Cause(ctx)
		}
	}
	if fault.When == After {
		if res, err := r.Runner.Run(ctx, cmd); err != nil {
			return res, err
		}
	}
	if fault.Err != nil {
		return remote.Result{Code: -1}, fault.Err
	}
	return remote.Result{Code: -1}, &remote.LostError{Server: r.Server(), Title: remote.Title(cmd), Err: ErrInjected}
}
