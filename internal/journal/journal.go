// Package journal keeps on the servers themselves what was done to them, when, by whom and how it ended: operators and
// cron jobs run belt from many machines, and only the servers are common to all. Beside the log it keeps small named
// records of what an operation must remember to undo (see [Put]).
package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// DefaultDir is where a server keeps its journal.
const DefaultDir = "/var/lib/belt"

// MaxLine is the longest line of the log, in bytes. An entry that is longer loses the end of its error, then arguments.
const MaxLine = 4000

// The kinds of entries.
const (
	Start = "start"
	End   = "end"
)

// Entry is one line of the log. A run writes one of kind Start before it changes anything, and one of kind End. Neither
// may hold a secret: arguments and errors come masked.
type Entry struct {
	ID   string    `json:"id"` // of the run: see NewID
	Kind string    `json:"kind"`
	Time time.Time `json:"time"`

	// Of a start.
	Who     string   `json:"who,omitempty"`
	Host    string   `json:"host,omitempty"` // the machine that belt ran on
	Command string   `json:"command,omitempty"`
	Target  string   `json:"target,omitempty"`
	Args    []string `json:"args,omitempty"`
	Servers []string `json:"servers,omitempty"` // those that the log is kept on

	// Of an end.
	Outcome  string  `json:"outcome,omitempty"` // "done", "rolled back" …
	ExitCode int     `json:"exit_code,omitempty"`
	Seconds  float64 `json:"seconds,omitempty"`
	Error    string  `json:"error,omitempty"`
}

// NewID makes a run's id: its time and something random, so ids sort by time.
func NewID(now time.Time) string {
	return now.UTC().Format("20060102t150405-") + strings.ToLower(rand.Text()[:8])
}

type settings struct {
	dir   string
	limit int // bytes
}

// Option changes where the journal is kept.
type Option func(*settings)

// In keeps the journal in another folder than [DefaultDir].
func In(dir string) Option { return func(s *settings) { s.dir = dir } }

func apply(opts []Option) settings {
	s := settings{dir: DefaultDir, limit: 1 << 20}
	for _, o := range opts {
		o(&s)
	}
	return s
}

//go:embed sh/append.sh
var appendSh string

//go:embed sh/read.sh
var readSh string

// Append adds an entry to a server's log, which keeps between one and two MiB.
func Append(ctx context.Context, r remote.Runner, e Entry, opts ...Option) error {
	line, err := e.line()
	if err != nil {
		return fmt.Errorf("%s: write the log: %w", r.Server(), err)
	}
	s := apply(opts)
	_, err = r.Run(ctx, remote.Command{
		Script: appendSh, Args: []string{s.dir, strconv.Itoa(s.limit)},
		As: "root", Stdin: bytes.NewReader(line), Title: "write the log",
	})
	return err
}

// Read returns a server's log, oldest first. It only reads. What is no entry is left out: a full disk may have cut one.
func Read(ctx context.Context, r remote.Runner, opts ...Option) ([]Entry, error) {
	res, err := r.Run(ctx, remote.Command{
		Script: readSh, Args: []string{apply(opts).dir}, As: "root", ReadOnly: true, Title: "read the log",
	})
	if err != nil {
		return nil, err
	}
	var out []Entry
	for line := range strings.Lines(res.Stdout) {
		var e Entry
		if json.Unmarshal([]byte(line), &e) == nil && e.ID != "" {
			out = append(out, e)
		}
	}
	return out, nil
}

// line is the entry as it is written, without its end of line.
func (e Entry) line() ([]byte, error) {
	for {
		b, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		over := len(b) - MaxLine
		switch {
		case over <= 0:
			return b, nil
		case e.Error != "":
			keep := max(0, len(e.Error)-over/6-1-len("…")) // JSON may take six bytes for one: cut little, and again
			e.Error = strings.ToValidUTF8(e.Error[:keep], "")
			if keep > 0 {
				e.Error += "…"
			}
		case len(e.Args) > 0:
			e.Args = e.Args[:len(e.Args)-1]
		default:
			return nil, fmt.Errorf("the entry has %d bytes, %d too many", len(b), over)
		}
	}
}
