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
	Table string        // of the app's database, or the beginning of the keys; "lab_writes" when empty
	Every time.Duration // from one row to the next; 5 ms when zero
	Or    *Server       // where to write after a refusal, and back again after the next: an app that looks for its primary
	From  *Server       // write from this server over the internal network, as the app does; else on the primary itself
}

// Writer writes numbered rows (keys, in Redis), one transaction each, over one
// connection that it opens again whenever it breaks. A row counts as acknowledged when the
// server has said so, and as refused when the server has said anything else,
// or nothing more.
type Writer struct {
	primary *Server
	options WriterOptions
	dialer  dialer
	other   dialer // of options.Or; nil for none

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
	kit := primary.kit()
	if err := kit.makeTable(ctx, options.Table); err != nil {
		return nil, err
	}
	w := &Writer{primary: primary, options: options, dialer: kit.session(options.From), done: make(chan struct{})}
	if options.Or != nil {
		w.other = options.Or.kit().session(options.From)
	}
	there, err := ids(ctx, primary, options.Table)
	if err != nil {
		return nil, err
	}
	for id := range there {
		w.last = max(w.last, id)
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
	there, err := ids(ctx, server, w.options.Table)
	if err != nil {
		return nil, err
	}
	var lost []int64
	for _, id := range acked {
		if !there[id] {
			lost = append(lost, id)
		}
	}
	return lost, nil
}

// ids are the numbers of the rows that the server has in a table for Writers.
func ids(ctx context.Context, server *Server, table string) (map[int64]bool, error) {
	out, err := server.kit().written(ctx, table)
	if err != nil {
		return nil, err
	}
	there := map[int64]bool{}
	for _, line := range lines(out) {
		id, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: rows of %s: %w", server.ID(), table, err)
		}
		there[id] = true
	}
	return there, nil
}
