package ops

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/dbbelt/belt/internal/journal"
	"github.com/dbbelt/belt/pkg/remote"
)

// newRun is the id of a run: lower-case letters and digits, the later the greater.
func newRun() string { return strings.ReplaceAll(journal.NewID(time.Now()), "-", "") }

// record writes into the journal of every server that the change works on that it begins, and returns what writes how it
// ended. A server that takes no journal is told of: the change goes on without.
func (s *Session) record(ctx context.Context, c change, m *made) (end func(Result, error)) {
	var runners []remote.Runner
	var names []string
	for _, place := range c.places(m) {
		runners = append(runners, place.Runner)
		names = append(names, place.Runner.Server())
	}
	begun := time.Now()
	write := func(ctx context.Context, e journal.Entry) {
		var wg sync.WaitGroup
		for _, r := range runners {
			if e.Kind == journal.End && len(c.last) > 0 && r.Server() == c.removes {
				continue // it was destroyed
			}
			wg.Go(func() {
				if err := journal.Append(ctx, r, e); err != nil {
					s.Screen.Warn("the journal was not written: " + err.Error())
				}
			})
		}
		wg.Wait()
	}
	write(ctx, journal.Entry{
		ID: m.run, Kind: journal.Start, Time: begun.UTC(), Who: whoami(), Host: hostname(),
		Command: c.command, Target: c.group.target.String(), Args: s.Args, Servers: names,
	})
	return func(r Result, err error) {
		e := journal.Entry{ID: m.run, Kind: journal.End, Time: time.Now().UTC(), Seconds: time.Since(begun).Seconds()}
		e.Outcome, e.ExitCode = ending(err), s.ExitCode(err)
		if err != nil {
			e.Error = err.Error()
		}
		// The run may have been interrupted: the journal is written all the same, within bounds.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		write(ctx, e)
	}
}

// ending says in a word how a run ended.
func ending(err error) string {
	failed, ok := errors.AsType[*Failed](err)
	_, missed := errors.AsType[*Missed](err)
	switch {
	case err == nil:
		return "done"
	case missed:
		return "done, but an app server did not take its variables"
	case !ok: // before the first step
		return "rolled back"
	case failed.Outcome.Detached:
		return "goes on by itself"
	case failed.Outcome.RolledBack:
		return "rolled back"
	default:
		return "not fully rolled back"
	}
}
