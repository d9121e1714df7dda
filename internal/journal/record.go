package journal

import (
	"cmp"
	"slices"
	"time"
)

// What became of a run that wrote no end.
const (
	OutcomeRunning    = "running"
	OutcomeUnfinished = "did not finish"
)

// Record is one run, put together from its entries on all servers.
type Record struct {
	ID       string    `json:"id"`
	Started  time.Time `json:"started"`
	Who      string    `json:"who"`
	Host     string    `json:"host"`
	Command  string    `json:"command"`
	Target   string    `json:"target"`
	Args     []string  `json:"args"`
	Servers  []string  `json:"servers"`
	Finished bool      `json:"finished"`
	Ended    time.Time `json:"ended,omitzero"` // when Finished, and what follows too
	Outcome  string    `json:"outcome"`
	ExitCode int       `json:"exit_code"`
	Seconds  float64   `json:"seconds"`
	Error    string    `json:"error"`
}

// Merge puts the logs of several servers together, oldest run first. A run without an end is running when its id is
// among those that hold a lock now, else it did not finish.
func Merge(logs [][]Entry, running ...string) []Record {
	runs := map[string]*Record{}
	for _, log := range logs {
		for _, e := range log {
			r := runs[e.ID]
			if r == nil {
				r = &Record{ID: e.ID}
				runs[e.ID] = r
			}
			r.add(e)
		}
	}
	out := make([]Record, 0, len(runs))
	for _, r := range runs {
		if !r.Finished {
			r.Outcome = OutcomeUnfinished
			if slices.Contains(running, r.ID) {
				r.Outcome = OutcomeRunning
			}
		}
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Record) int {
		return cmp.Or(a.began().Compare(b.began()), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (r *Record) add(e Entry) {
	switch e.Kind {
	case Start:
		r.Started, r.Who, r.Host = e.Time, e.Who, e.Host
		r.Command, r.Target, r.Args, r.Servers = e.Command, e.Target, e.Args, e.Servers
	case End:
		r.Finished, r.Ended = true, e.Time
		r.Outcome, r.ExitCode, r.Seconds, r.Error = e.Outcome, e.ExitCode, e.Seconds, e.Error
	}
}

// began serves a run whose start has left the log, too.
func (r Record) began() time.Time {
	if r.Started.IsZero() {
		return r.Ended.Add(-time.Duration(r.Seconds * float64(time.Second)))
	}
	return r.Started
}
