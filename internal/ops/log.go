package ops

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/dbbelt/belt/internal/journal"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/pkg/remote"
)

// LogOptions say whose log is asked for.
type LogOptions struct {
	Select string // "", "APP" or "APP/DATABASE"
}

// LogDocument is the answer of `belt log`.
type LogDocument struct {
	Version int              `json:"version"`
	Runs    []journal.Record `json:"runs"` // oldest first
	Missing []Unread         `json:"missing"`
}

// Unread is a server whose log could not be read.
type Unread struct {
	Server string `json:"server"`
	Error  string `json:"error"`
}

// Log puts the journals of every server of the selected databases together. The error is that of the first server that
// could not be read; the document is whole all the same.
func Log(ctx context.Context, s *Session, o LogOptions) (LogDocument, error) {
	doc := LogDocument{Version: 1, Runs: []journal.Record{}, Missing: []Unread{}}
	groups, err := s.selected(o.Select, true)
	if err != nil {
		return doc, err
	}
	type source struct {
		place   lock.Place
		entries []journal.Entry
		running string
		err     error
	}
	var sources []*source
	seen := map[string]bool{}
	targets := map[string]bool{}
	for _, g := range groups {
		targets[g.target.String()] = true
		for _, n := range g.nodes {
			if !seen[n.Key()+n.Engine] {
				seen[n.Key()+n.Engine] = true
				sources = append(sources, &source{place: placeOf(n)})
			}
		}
	}
	stop := s.Screen.Working("reading the journals")
	var wg sync.WaitGroup
	for _, one := range sources {
		wg.Go(func() {
			if one.entries, one.err = journal.Read(ctx, remote.Guard(one.place.Runner)); one.err != nil {
				return
			}
			var held *lock.HeldError
			if errors.As(s.Locks.Probe(ctx, one.place), &held) {
				one.running = held.Owner.ID
			}
		})
	}
	wg.Wait()
	stop()
	if ctx.Err() != nil {
		return doc, context.Cause(ctx)
	}

	var logs [][]journal.Entry
	var running []string
	var first error
	for _, one := range sources {
		logs, running = append(logs, one.entries), append(running, one.running)
		if one.err != nil {
			first = errors.Join(first, one.err)
			doc.Missing = append(doc.Missing, Unread{one.place.Runner.Server(), one.err.Error()})
		}
	}
	doc.Runs = slices.DeleteFunc(journal.Merge(logs, running...), func(r journal.Record) bool {
		return o.Select != "" && r.Target != "" && !targets[r.Target]
	})
	return doc, first
}
