package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/dbbelt/belt/internal/engine/postgresql/psql"
)

const (
	batchSize  = 64 // statements in one round trip
	stepBlocks = 16 // blocks in one line of a digest
	maxRedos   = 5  // of a table that is rewritten while it is read
)

// piece is a range of blocks of a relation, digested by one statement on each side.
type piece struct {
	rel              *relation
	first, end, step int64
}

func (i piece) bytes() int64 { return (i.end - i.first) * i.rel.perBlock }

// pieces cuts a relation into chunks.
func (p *pair) pieces(rel *relation) []piece {
	blocks := max(1, p.chunkBytes/rel.perBlock)
	step := min(stepBlocks, blocks, max(1, rel.blocks))
	blocks -= blocks % step
	var out []piece
	for first := int64(0); first < rel.blocks; first += blocks {
		out = append(out, piece{rel: rel, first: first, end: min(first+blocks, rel.blocks), step: step})
	}
	return out
}

// scan compares the rows of the relations, and returns those to be compared anew because they were rewritten, dropped
// or renamed meanwhile.
func (p *pair) scan(ctx context.Context, rels []*relation) ([]*relation, error) {
	var queue []piece
	for _, rel := range rels {
		queue = append(queue, p.pieces(rel)...)
	}
	var again []*relation
	for len(queue) > 0 {
		batch := p.batch(&queue)
		p.meter.At(p.note(batch[0].rel))
		answers, err := p.both(ctx, batch)
		if err != nil {
			return nil, err
		}
		var drop []*relation
		for i, a := range answers {
			item := batch[i]
			if slices.Contains(drop, item.rel) {
				continue
			}
			rest, err := p.settlePiece(ctx, item, a)
			switch {
			case errors.Is(err, errMoved):
				again, drop = append(again, item.rel), append(drop, item.rel)
			case err != nil:
				return nil, err
			case item.rel.found.full():
				drop = append(drop, item.rel)
			}
			queue = append(rest, queue...)
			if len(rest) == 0 {
				if err := p.meter.Add(ctx, item.bytes()); err != nil {
					return nil, err
				}
			}
		}
		queue = slices.DeleteFunc(queue, func(i piece) bool { return slices.Contains(drop, i.rel) })
	}
	return again, nil
}

// batch takes from the queue what is asked in one round trip: a chunk's bytes.
func (p *pair) batch(queue *[]piece) []piece {
	var bytes int64
	n := 0
	for n < len(*queue) && n < batchSize {
		bytes += (*queue)[n].bytes()
		if n > 0 && bytes > p.chunkBytes {
			break
		}
		n++
	}
	batch := slices.Clone((*queue)[:n])
	*queue = (*queue)[n:]
	return batch
}

// answer is what both servers said to one piece.
type answer struct{ primary, replica psql.Reply }

// both asks both servers for the digests of the pieces, at the same time.
func (p *pair) both(ctx context.Context, batch []piece) ([]answer, error) {
	return p.askBoth(ctx, len(batch), func(i int) (string, string) {
		item := batch[i]
		return item.rel.primary.digest(item.first, item.end, item.step), item.rel.replica.digest(item.first, item.end, item.step)
	})
}

func (p *pair) askBoth(ctx context.Context, n int, sql func(i int) (primary, replica string)) ([]answer, error) {
	here, there := make([]string, n), make([]string, n)
	for i := range n {
		here[i], there[i] = sql(i)
	}
	answers := make([]answer, n)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		replies, err := p.primary.ask(ctx, here...)
		for i, reply := range replies {
			answers[i].primary = reply
		}
		return err
	})
	group.Go(func() error {
		replies, err := p.replica.ask(ctx, there...)
		for i, reply := range replies {
			answers[i].replica = reply
		}
		return err
	})
	return answers, group.Wait()
}

// errMoved says that the relation is not the one that was listed.
var errMoved = errors.New("the table was rewritten, renamed or dropped")

// settlePiece finishes what the digests of a piece left open. A piece that one server cannot read is returned in
// smaller ones, down to the block.
func (p *pair) settlePiece(ctx context.Context, item piece, a answer) ([]piece, error) {
	if err := cmpErr(a.primary.Err, a.replica.Err); err != nil {
		if moved(err) {
			return nil, errMoved
		}
		if passing(err) {
			return nil, fmt.Errorf("%s cannot be read: %w", item.rel, err)
		}
		return p.split(ctx, item, a)
	}
	if len(a.primary.Rows) != len(a.replica.Rows) {
		return nil, fmt.Errorf("%s: %d and %d answers for blocks %d to %d", item.rel, len(a.primary.Rows), len(a.replica.Rows), item.first, item.end-1)
	}
	var steps []int64
	for i, here := range a.primary.Rows {
		there := a.replica.Rows[i]
		if here[0] != there[0] {
			return nil, errMoved
		}
		rows, _ := strconv.ParseInt(here[2], 10, 64)
		item.rel.found.rows += rows
		if !slices.Equal(here, there) {
			first, _ := strconv.ParseInt(here[1], 10, 64)
			steps = append(steps, first)
		}
	}
	if len(steps) == 0 {
		return nil, nil
	}
	blocks := steps
	if item.step > 1 {
		var err error
		if blocks, err = p.narrow(ctx, item, steps); err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(blocks, batchSize) {
		if err := p.settle(ctx, item.rel, some); err != nil || item.rel.found.full() {
			return nil, err
		}
	}
	return nil, nil
}

// narrow asks again, block by block, for the steps that were not equal.
func (p *pair) narrow(ctx context.Context, item piece, steps []int64) ([]int64, error) {
	answers, err := p.askBoth(ctx, 1, func(int) (string, string) {
		return item.rel.primary.digestEach(steps, item.step), item.rel.replica.digestEach(steps, item.step)
	})
	if err != nil {
		return nil, err
	}
	if err := p.meter.Pace(ctx, int64(len(steps))*item.step*item.rel.perBlock); err != nil {
		return nil, err
	}
	a := answers[0]
	if err := cmpErr(a.primary.Err, a.replica.Err); err != nil {
		if moved(err) {
			return nil, errMoved
		}
		return nil, fmt.Errorf("%s: %w", item.rel, err)
	}
	if len(a.primary.Rows) != len(a.replica.Rows) {
		return nil, fmt.Errorf("%s: %d and %d answers for the same blocks", item.rel, len(a.primary.Rows), len(a.replica.Rows))
	}
	var blocks []int64
	for i, here := range a.primary.Rows {
		if here[0] != a.replica.Rows[i][0] {
			return nil, errMoved
		}
		if !slices.Equal(here, a.replica.Rows[i]) {
			block, _ := strconv.ParseInt(here[1], 10, 64)
			blocks = append(blocks, block)
		}
	}
	return blocks, nil
}

// split makes smaller pieces of one that cannot be read, and names a single block that cannot.
func (p *pair) split(ctx context.Context, item piece, a answer) ([]piece, error) {
	size := int64(1)
	if item.end-item.first > stepBlocks {
		size = stepBlocks
	}
	if item.end-item.first > 1 {
		var rest []piece
		for first := item.first; first < item.end; first += size {
			rest = append(rest, piece{rel: item.rel, first: first, end: min(first+size, item.end), step: size})
		}
		return rest, nil
	}
	// On a standby the reason may pass with the next change it replays.
	position, err := p.position(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.catchUp(ctx, position); err != nil {
		return nil, err
	}
	answers, err := p.both(ctx, []piece{item})
	if err != nil {
		return nil, err
	}
	second := answers[0]
	if cmpErr(second.primary.Err, second.replica.Err) == nil {
		return p.settlePiece(ctx, item, second)
	}
	for _, failed := range []struct {
		side *side
		err  error
	}{{p.primary, second.primary.Err}, {p.replica, second.replica.Err}} {
		var refused *psql.Error
		if errors.As(failed.err, &refused) {
			item.rel.found.unreadable(item.first, failed.side.name, refused.Message)
		}
	}
	return nil, nil
}

// cmpErr is the first error.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
