package envpush

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/envfile"
)

// DefaultDir is where a server keeps the history of its variables and what is owed to it.
const DefaultDir = "/var/lib/belt"

// Pusher pushes variables. The zero value works; who pushes is for the history.
type Pusher struct {
	Parallel int           // servers worked on side by side; 0: 64; at most 256
	Patience time.Duration // how long one server may take to read or to stage while all others wait; 0: two minutes
	Dir      string        // on the servers; empty: DefaultDir

	Who, Host string // the operator and his machine
	Command   string // "db replicate enable shop/postgresql"

	// Report, where set, is told how many servers have ended a phase: "read", "staged" or "switched".
	Report func(phase string, done, total int)
}

// Result is how one server took its variables.
type Result struct {
	Changed  bool      // its file was changed, or what an earlier push owed to it was done
	Switched time.Time // when the new file took the place of the old one; zero when it did not
	Note     string    // something that went wrong and harms nobody, such as a history that was not written
	Err      error     // why the server is not as it should be

	before, after *[]byte // the file's content; nil for no file
}

func (p *Pusher) dir() string {
	if p.Dir == "" {
		return DefaultDir
	}
	return p.Dir
}

// bounded is ctx with an end for one server: the others wait for it.
func (p *Pusher) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	most := p.Patience
	if most <= 0 {
		most = 2 * time.Minute
	}
	return context.WithTimeoutCause(ctx, most, fmt.Errorf("it took longer than %s", most))
}

// work is one server on its way.
type work struct {
	Server
	state   state
	change  bool    // the file gets another content
	next    *[]byte // the content it is to have; nil for no file
	changes []envfile.Change
	staged  string // the identity of the staged file; absent for one to remove
	result  Result
}

// Push brings every server's file to what it is to have, and says how each took it, in the order of the servers. A server
// that fails does not hold up the others. When ctx ends, servers that were switched stay so, and on the others nothing
// stays behind.
func (p *Pusher) Push(ctx context.Context, servers []Server) []Result {
	return p.Stage(ctx, servers).Switch(ctx)
}

// Staged are new files that lie beside the old ones, on every server that could take its own.
type Staged struct {
	p   *Pusher
	all []*work
}

// Stage does all of a push that can be done before the files are switched.
func (p *Pusher) Stage(ctx context.Context, servers []Server) *Staged {
	all := make([]*work, len(servers))
	for i, s := range servers {
		all[i] = &work{Server: s}
	}
	return p.prepared(ctx, all, p.prepare)
}

// prepared goes through the phases up to the switch. prepare says what each server's file is to have.
func (p *Pusher) prepared(ctx context.Context, all []*work, prepare func(context.Context, *work, func())) *Staged {
	p.phase(ctx, "read", all, prepare)
	p.phase(ctx, "staged", those(all, func(w *work) bool { return w.change }), p.stage)
	return &Staged{p, all}
}

// Switch puts the staged files in their places, and ends the push. Nobody is switched before everybody has staged.
func (s *Staged) Switch(ctx context.Context) []Result {
	p, all := s.p, s.all
	next := make(map[string]int)
	for _, w := range all {
		next[w.App] = max(next[w.App], w.state.generation+1)
	}
	run, now := strings.ToLower(rand.Text()), time.Now()
	last := those(all, (*work).unfinished)
	g := newGate(len(last))
	p.phase(ctx, "switched", last, func(ctx context.Context, w *work, early func()) {
		if w.staged == "" {
			g.arrive()
			p.finish(ctx, w, early)
			return
		}
		p.replace(ctx, w, p.entry(w.Server, next[w.App], run, now, w.changes), g, early)
	})
	s.Discard(ctx)

	results := make([]Result, len(all))
	for i, w := range all {
		results[i] = w.result
	}
	return results
}

// Discard removes the staged files that were not switched.
func (s *Staged) Discard(ctx context.Context) {
	left := those(s.all, func(w *work) bool { return w.staged != "" && w.result.Switched.IsZero() })
	s.p.discard(ctx, left)
	for _, w := range left {
		w.staged = ""
	}
}

// unfinished tells whether there is something to switch, or something that an earlier push did not finish.
func (w *work) unfinished() bool {
	return w.result.Err == nil && (w.staged != "" || w.state.staged || w.state.owed)
}

func those(all []*work, keep func(*work) bool) []*work {
	var out []*work
	for _, w := range all {
		if keep(w) {
			out = append(out, w)
		}
	}
	return out
}

// phase runs one phase on its servers, side by side, and returns when all have ended it.
func (p *Pusher) phase(ctx context.Context, name string, all []*work, f func(context.Context, *work, func())) {
	var mu sync.Mutex
	done := 0
	p.each(len(all), func(i int, early func()) {
		if ctx.Err() != nil {
			all[i].result.Err = named(all[i].Server, context.Cause(ctx))
			return
		}
		f(ctx, all[i], early)
		if p.Report != nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			p.Report(name, done, len(all))
		}
	})
}

// prepare reads a server's file and computes the new one.
func (p *Pusher) prepare(ctx context.Context, w *work, _ func()) {
	var err error
	if w.state, err = p.read(ctx, w.Server); err != nil {
		w.result.Err = err
		return
	}
	next, changes, err := w.edit(w.state.content)
	if err != nil {
		w.result.Err = named(w.Server, err)
		return
	}
	w.change, w.next, w.changes = len(changes) > 0, &next, changes
}
