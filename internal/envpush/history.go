package envpush

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/remote"
)

// Entry is one line of a server's history: one push that changed its file. Secrets are masked.
type Entry struct {
	Generation int              `json:"generation"` // counts the app's pushes that changed something
	Run        string           `json:"run"`        // of the push, equal on all servers
	Time       time.Time        `json:"time"`
	App        string           `json:"app"`
	File       string           `json:"file"`
	Who        string           `json:"who"`
	Host       string           `json:"host"` // the machine that belt ran on
	Command    string           `json:"command"`
	Changes    []envfile.Change `json:"changes"`
}

func parseEntry(line []byte) (Entry, bool) {
	var e Entry
	err := json.Unmarshal(line, &e)
	return e, err == nil && e.Generation > 0
}

// entry is what one server takes down.
func (p *Pusher) entry(s Server, generation int, run string, now time.Time, changes []envfile.Change) Entry {
	e := Entry{
		Generation: generation, Run: run, Time: now.UTC().Truncate(time.Second), App: s.App, File: s.File,
		Who: p.Who, Host: p.Host, Command: p.Command,
	}
	for _, c := range changes {
		e.Changes = append(e.Changes, c.Masked())
	}
	return e
}

// Past is one push and the servers that it changed in the same way.
type Past struct {
	Entry
	Servers []string `json:"servers"`
}

// History reads what was pushed for the app to the servers, oldest first, and why a server could not be asked, in the
// order of the servers.
func (p *Pusher) History(ctx context.Context, app string, runners []remote.Runner) ([]Past, []error) {
	logs := make([][]Entry, len(runners))
	errs := make([]error, len(runners))
	p.each(len(runners), func(i int, _ func()) {
		logs[i], errs[i] = p.readHistory(ctx, remote.Guard(runners[i]), app)
	})
	var past []Past
	for i, log := range logs {
		for _, e := range log {
			at := slices.IndexFunc(past, func(known Past) bool {
				return known.Run == e.Run && known.File == e.File && slices.Equal(known.Changes, e.Changes)
			})
			if at < 0 {
				at, past = len(past), append(past, Past{Entry: e})
			}
			past[at].Servers = append(past[at].Servers, runners[i].Server())
		}
	}
	slices.SortStableFunc(past, func(a, b Past) int {
		return cmp.Or(cmp.Compare(a.Generation, b.Generation), a.Time.Compare(b.Time), cmp.Compare(a.Run, b.Run))
	})
	return past, errs
}

// lines is how far back History looks on each server.
const lines = 500

func (p *Pusher) readHistory(ctx context.Context, r remote.Runner, app string) ([]Entry, error) {
	res, err := r.Run(ctx, remote.Command{
		Title: "read the history of the variables", Script: historySh, Args: []string{p.dir(), strconv.Itoa(lines)},
		As: "root", ReadOnly: true,
	})
	if err != nil {
		return nil, err
	}
	var out []Entry
	for line := range strings.Lines(res.Stdout) {
		if e, ok := parseEntry([]byte(line)); ok && e.App == app {
			out = append(out, e)
		}
	}
	return out, nil
}
