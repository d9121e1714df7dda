package compare

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/dbbelt/belt/internal/engine/mysql/client"
)

// batchTables is how many small tables are asked for at once.
const batchTables = 64

// batches compares the small tables, many in one round trip, and returns those that are equal. The others, and those that
// cannot be read, are looked at one by one.
func (p *pair) batches(ctx context.Context, here, there map[string]*table, done map[string]*table) error {
	var batch []string
	var bytes int64
	for _, id := range slices.Sorted(maps.Keys(here)) {
		t, other := here[id], there[id]
		if done[id] != nil || other == nil || t.bytes > p.chunkBytes/4 || t.shape != other.shape || t.index != other.index || slices.Contains(elsewhere, t.engine) {
			continue
		}
		batch, bytes = append(batch, id), bytes+t.bytes
		if len(batch) == batchTables || bytes > p.chunkBytes {
			if err := p.batch(ctx, here, batch, done); err != nil {
				return err
			}
			batch, bytes = nil, 0
		}
	}
	return p.batch(ctx, here, batch, done)
}

func (p *pair) batch(ctx context.Context, here map[string]*table, ids []string, done map[string]*table) error {
	if len(ids) == 0 {
		return nil
	}
	p.meter.At(here[ids[0]].String())
	statements := make([]string, len(ids))
	for i, id := range ids {
		statements[i] = here[id].sums(keyRange{})
	}
	var ours, theirs []client.Reply
	var group errgroup.Group
	group.Go(func() (err error) { ours, err = p.primary.ask(ctx, statements...); return err })
	group.Go(func() (err error) { theirs, err = p.replica.ask(ctx, statements...); return err })
	if err := group.Wait(); err != nil {
		return err
	}
	for i, id := range ids {
		t := here[id]
		a, err := t.readSums(p.primary, ours[i])
		if err != nil {
			continue
		}
		if b, err := t.readSums(p.replica, theirs[i]); err != nil || a != b {
			continue
		}
		t.found.rows = a.rows
		done[id] = t
		if err := p.meter.Add(ctx, t.bytes); err != nil {
			return err
		}
	}
	return nil
}
