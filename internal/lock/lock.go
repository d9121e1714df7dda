// Package lock keeps two runs from working on one database at the same time.
//
// The lock is an flock on each database server, held by a command of an open session. It frees itself: when the run
// ends, is killed, or its machine loses the network, the server lets go after a minute without a sign of life, by its
// own clock. A run in turn takes its lock for lost some seconds before that, unless the server has confirmed that it
// still holds it, so at no time do two runs believe that they have it.
package lock

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// DefaultDir is where a server keeps its locks.
const DefaultDir = "/run/belt"

// Place is one lock on one server. The name says what is locked there, such as "postgresql-5432": two names for one
// server are recognised by it (see [SameServerError]).
type Place struct {
	Runner remote.Runner
	Name   string // of a-z, 0-9, dot, dash and underscore
}

// Owner says who holds a lock.
type Owner struct {
	ID      string    `json:"id"` // of the run; made when empty
	Who     string    `json:"who"`
	Host    string    `json:"host"`
	Command string    `json:"command"` // "db replicate enable shop/postgresql"
	Since   time.Time `json:"since"`   // by the clock of whoever reads it
}

// Lock is a lock that is held on every server it was asked for.
type Lock struct {
	Owner Owner

	holders []*holder
	ctx     context.Context
	cancel  context.CancelCauseFunc
	once    sync.Once
}

type settings struct {
	dir      string
	interval time.Duration // between two signs of life
	silence  time.Duration // after which the server frees the lock
	lease    time.Duration // after which an unconfirmed lock is taken for lost
}

// Option changes where locks are kept or their times.
type Option func(*settings)

// In keeps the locks in another folder than [DefaultDir].
func In(dir string) Option { return func(s *settings) { s.dir = dir } }

// Times sets how often a sign of life is sent and after how long a silence, in whole seconds, the server frees the
// lock. The defaults are 15 s and 60 s.
func Times(interval, silence time.Duration) Option {
	return func(s *settings) {
		s.interval, s.silence, s.lease = interval, silence, silence*5/6
	}
}

func apply(opts []Option) settings {
	s := settings{dir: DefaultDir}
	Times(15*time.Second, time.Minute)(&s)
	for _, o := range opts {
		o(&s)
	}
	return s
}

var names = regexp.MustCompile(`^[a-z0-9_][a-z0-9._-]{0,99}$`)

// Acquire takes the lock at every place, or at none. The servers are asked in a fixed order, so of two runs that want
// the same places one gets them. It returns a *HeldError when another run has it, and a *SameServerError when two
// places are one. The end of ctx does not free the lock, for a rollback needs it too: only [Lock.Release] does.
func Acquire(ctx context.Context, places []Place, o Owner, opts ...Option) (*Lock, error) {
	for _, p := range places {
		if !names.MatchString(p.Name) {
			return nil, fmt.Errorf("%s: lock name %q: it may have a-z, 0-9, dot, dash and underscore", p.Runner.Server(), p.Name)
		}
	}
	s := apply(opts)
	o.ID = cmp.Or(o.ID, rand.Text())
	o.Since = time.Now().UTC()
	record, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	l := &Lock{Owner: o}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	sorted := slices.Clone(places)
	slices.SortFunc(sorted, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Runner.Server(), b.Runner.Server()), cmp.Compare(a.Name, b.Name))
	})
	for _, p := range sorted {
		h, err := hold(ctx, p, string(record), s, l.cancel)
		if err != nil {
			l.Release()
			return nil, l.same(p, err)
		}
		l.holders = append(l.holders, h)
	}
	return l, nil
}

// same recognises a server that we locked before, under another name.
func (l *Lock) same(p Place, err error) error {
	held, ok := errors.AsType[*HeldError](err)
	if !ok || held.Owner.ID != l.Owner.ID {
		return err
	}
	for _, h := range l.holders {
		if h.place.Name == p.Name {
			return &SameServerError{A: h.place.Runner.Server(), B: p.Runner.Server()}
		}
	}
	return err
}

// Context ends when the context of Acquire does, and with a *LostError as its cause when the lock was lost on any server.
func (l *Lock) Context() context.Context { return l.ctx }

// Err is nil while the lock is held, and a *LostError after it was lost. Unlike the context it does not end with
// Acquire's, so a rollback can ask it.
func (l *Lock) Err() error {
	for _, h := range l.holders {
		if err := h.err(); err != nil {
			return err
		}
	}
	return nil
}

// Release frees the lock everywhere and returns when the servers said so, or after ten seconds: then they free it by
// themselves. It may be called more than once.
func (l *Lock) Release() {
	l.once.Do(func() {
		var wg sync.WaitGroup
		for _, h := range l.holders {
			wg.Go(h.release)
		}
		wg.Wait()
		l.cancel(context.Canceled)
	})
}
