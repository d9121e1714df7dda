package lab

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// WriterOptions say how a Writer writes. The zero value is what most scenarios want.
type WriterOptions struct {
	Table string        // of the app's database; "lab_writes" when empty
	Every time.Duration // from one row to the next; 5 ms when zero
	From  *Server       // write from this server over the internal network, as the app does; else on the primary itself
}

// Writer inserts numbered rows, one transaction each, over one connection that
// it opens again whenever it breaks. A row counts as acknowledged when the
// server has said so, and as refused when the server has said anything else,
// or nothing more.
type Writer struct {
	primary *Server
	options WriterOptions

	cancel context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex
	acked  []int64
	last   int64
	writes Writes
	down   time.Time // when the first write of a spell of refused ones began; zero outside
}

// Writes is what a Writer has seen.
type Writes struct {
	Acknowledged, Refused int
	RefusedFor            time.Duration // sum of all spells, each from the start of its first refused write to the next acknowledgement
	LongestWait           time.Duration // of one write for its answer, or for its refusal
	P99                   time.Duration // of the waits of acknowledged writes
	Errors                []string      // what the server said, each once, the first 20
}

func (w Writes) String() string {
	return fmt.Sprintf("%d rows acknowledged, %d refused over %.1f s, longest wait %d ms, p99 %.1f ms",
		w.Acknowledged, w.Refused, w.RefusedFor.Seconds(), w.LongestWait.Milliseconds(), float64(w.P99.Microseconds())/1000)
}

// StartWriter starts writing to primary, and returns once the first row is in.
func StartWriter(ctx context.Context, primary *Server, options WriterOptions) (*Writer, error) {
	if options.Table == "" {
		options.Table = "lab_writes"
	}
	if options.Every == 0 {
		options.Every = 5 * time.Millisecond
	}
	_, err := primary.PSQLIn(ctx, Database, `
		SET client_min_messages = warning;
		SET ROLE `+User+`;
		CREATE TABLE IF NOT EXISTS `+options.Table+` (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), filler text NOT NULL DEFAULT repeat('x', 100))`)
	if err != nil {
		return nil, err
	}
	last, err := primary.PSQLIn(ctx, Database, "SELECT coalesce(max(id), 0) FROM "+options.Table)
	if err != nil {
		return nil, err
	}
	w := &Writer{primary: primary, options: options, done: make(chan struct{})}
	if w.last, err = strconv.ParseInt(last, 10, 64); err != nil {
		return nil, err
	}
	loop, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w.cancel = cancel
	go w.run(loop)
	first, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	err = poll(first, func(context.Context) error {
		if seen := w.Writes(); seen.Acknowledged == 0 {
			return fmt.Errorf("no row written yet: %s", strings.Join(seen.Errors, "; "))
		}
		return nil
	})
	if err != nil {
		w.Stop()
		return nil, fmt.Errorf("%s: writer: %w", primary.ID(), err)
	}
	return w, nil
}

// Writes is what the writer has seen so far.
func (w *Writer) Writes() Writes {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.writes
	seen.Errors = slices.Clone(seen.Errors)
	if !w.down.IsZero() {
		seen.RefusedFor += time.Since(w.down)
	}
	return seen
}

// Stop ends the writing and returns what the writer has seen.
func (w *Writer) Stop() Writes {
	w.cancel()
	<-w.done
	return w.Writes()
}

// Lost returns the acknowledged rows that the server lacks. The writer may
// still run when the server is the primary.
func (w *Writer) Lost(ctx context.Context, server *Server) ([]int64, error) {
	w.mu.Lock()
	acked := slices.Clone(w.acked)
	w.mu.Unlock()
	out, err := server.PSQLIn(ctx, Database, "SELECT id FROM "+w.options.Table)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, id := range lines(out) {
		there[id] = true
	}
	var lost []int64
	for _, id := range acked {
		if !there[strconv.FormatInt(id, 10)] {
			lost = append(lost, id)
		}
	}
	return lost, nil
}
