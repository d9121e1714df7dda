package compare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	defaultChunk    = 8 << 20
	defaultPatience = time.Minute
	maxRedos        = 3 // of tables that are altered meanwhile
)

// pair is the two servers.
type pair struct {
	primary, replica *side
	following        bool   // the replica executes its primary's transactions, so a difference can be told from a delay
	reached          string // the position that it was last known to have executed
	patience         time.Duration
	chunkBytes       int64
	meter            *shared.Meter
	out              replication.Verification
}

// Run compares the replica with its primary. A replica that does not replicate is compared as it stands. The verification
// is filled as far as it went, with an error too.
func Run(ctx context.Context, primary, replica Server, opts replication.VerifyOptions, report plan.Progress) (replication.Verification, error) {
	patience := cmp.Or(opts.Patience, defaultPatience)
	p := &pair{
		primary: &side{name: primary.Name, patience: patience}, replica: &side{name: replica.Name, patience: patience},
		patience: patience, chunkBytes: cmp.Or(opts.ChunkBytes, defaultChunk), meter: shared.NewMeter(report, opts.MaxRate),
	}
	if opts.MaxRate > 0 {
		p.chunkBytes = min(p.chunkBytes, max(opts.MaxRate, 1<<20))
	}
	p.out.Server = replica.Name
	err := p.all(ctx, primary, replica)
	p.out.Equal = err == nil && len(p.out.Differences) == 0
	return p.out, err
}

func (p *pair) all(ctx context.Context, primary, replica Server) error {
	defer p.close()
	var group errgroup.Group
	for s, from := range map[*side]Server{p.primary: primary, p.replica: replica} {
		group.Go(func() (err error) {
			if s.session, err = from.Open(ctx); err != nil {
				return err
			}
			return s.meet(ctx)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if p.primary.version.mariaDB != p.replica.version.mariaDB {
		return fmt.Errorf("%s is %s and %s is %s: they cannot be compared", p.primary.name, p.primary.version.full, p.replica.name, p.replica.version.full)
	}
	var err error
	if p.following, err = p.replica.follows(ctx); err != nil {
		return err
	}
	if err := p.compareTables(ctx); err != nil {
		return err
	}
	return p.definitions(ctx)
}

func (p *pair) close() {
	for _, s := range []*side{p.primary, p.replica} {
		if s.session != nil {
			s.session.Close()
		}
	}
}

// compareTables compares all tables, and those again that are altered meanwhile.
func (p *pair) compareTables(ctx context.Context) error {
	done := map[string]*table{}
	defer func() { p.sum(done) }()
	expected := false
	for redo := 0; ; redo++ {
		here, there, err := p.list(ctx)
		if err != nil {
			return err
		}
		if !expected {
			for _, t := range here {
				p.meter.Expect(t.bytes)
			}
			expected = true
		}
		if err := p.batches(ctx, here, there, done); err != nil {
			return err
		}
		again := 0
		for _, id := range slices.Sorted(maps.Keys(union(here, there))) {
			if done[id] != nil {
				continue
			}
			finished, err := p.table(ctx, here[id], there[id], redo == maxRedos)
			if err != nil {
				return err
			}
			if finished == nil {
				again++
				continue
			}
			done[id] = finished
		}
		if again == 0 {
			return nil
		}
		if redo == maxRedos {
			return fmt.Errorf("%s: %d tables are made, altered or dropped faster than they can be compared", p.primary.name, again)
		}
	}
}

// list lists the tables of the primary, and of the replica once it knows of them.
func (p *pair) list(ctx context.Context) (here, there map[string]*table, err error) {
	if here, err = p.primary.tables(ctx); err != nil {
		return nil, nil, err
	}
	if err = p.wait(ctx); err != nil {
		return nil, nil, err
	}
	there, err = p.replica.tables(ctx)
	return here, there, err
}

func union(a, b map[string]*table) map[string]*table {
	out := maps.Clone(a)
	for id, t := range b {
		if out[id] == nil {
			out[id] = t
		}
	}
	return out
}

// table compares one table, and returns it when that is done; nil when it was altered meanwhile and has to be looked at
// again. At the last try what is not the same on both counts.
func (p *pair) table(ctx context.Context, here, there *table, last bool) (*table, error) {
	t := cmp.Or(here, there)
	switch {
	case here == nil || there == nil:
		if !last && p.following {
			return nil, nil // it may be new, or dropped
		}
		text := "the table itself is missing on " + p.replica.name
		if here == nil {
			text = "the table itself is on " + p.replica.name + " only"
		}
		t.found.general = append(t.found.general, text)
		return t, nil
	case slices.Contains(elsewhere, t.engine):
		t.found.skipped = append(t.found.skipped, fmt.Sprintf("%s: its rows are not on the server (%s)", t, t.engine))
		return t, nil
	case here.shape != there.shape:
		if !last && p.following {
			return nil, nil
		}
		t.found.general = append(t.found.general, fmt.Sprintf("its columns are (%s) on %s and (%s) on %s: its rows were not compared", here.shape, p.primary.name, there.shape, p.replica.name))
		return t, nil
	case here.index != there.index: // the range of a key needs an index on both
		t.index = ""
	}
	t.found = findings{}
	err := p.scan(ctx, t)
	var no *unreadable
	if !errors.As(err, &no) || ctx.Err() != nil || passing[number(no.err)] {
		return t, err
	}
	if altered[number(no.err)] && !last {
		return nil, nil
	}
	t.found.general = append(t.found.general, fmt.Sprintf("it cannot be read on %s: %v", no.side.name, no.err))
	return t, nil
}

// sum adds what was found.
func (p *pair) sum(done map[string]*table) {
	for _, id := range slices.SortedFunc(maps.Keys(done), func(a, b string) int { return cmp.Compare(done[a].String(), done[b].String()) }) {
		t := done[id]
		p.out.Tables++
		p.out.Rows += t.found.rows
		p.out.Differences = append(p.out.Differences, t.differences(p.replica.name)...)
		p.out.Skipped = append(p.out.Skipped, t.found.skipped...)
	}
}
