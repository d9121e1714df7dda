package compare

import (
	"context"
	"fmt"
)

const (
	smallest = 400 // rows of a range that are looked at one by one
	pieces   = 8   // into which a range that differs is cut
)

// scan compares a table.
func (p *pair) scan(ctx context.Context, t *table) error {
	p.meter.At(t.String())
	if t.key == nil {
		return p.scanWhole(ctx, t)
	}
	n := min(max(p.chunkBytes/t.perRow(), smallest), 200_000)
	left := t.bytes
	var low []string
	for {
		high, err := p.edge(ctx, t, keyRange{low: low}, n)
		if err != nil {
			return err
		}
		r := keyRange{low, high}
		here, there, err := p.both(ctx, t, []keyRange{r})
		if err != nil {
			return err
		}
		t.found.rows += here[0].rows
		if here[0] != there[0] {
			if err := p.narrow(ctx, t, []keyRange{r}); err != nil || t.found.full() {
				return err
			}
		}
		read := here[0].rows * t.perRow()
		counted := min(read, left)
		left -= counted
		if high == nil {
			counted += left
		}
		if err := p.meter.Add(ctx, counted); err != nil {
			return err
		}
		if err := p.meter.Pace(ctx, max(0, read-counted)); err != nil || high == nil {
			return err
		}
		low = high
	}
}

// edge is the key that is n rows on, on the primary; nil when there are fewer.
func (p *pair) edge(ctx context.Context, t *table, r keyRange, n int64) ([]string, error) {
	rows, err := p.primary.rows(ctx, t.edge(r, n))
	if err != nil {
		return nil, t.unread(p.primary, err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return rows[0], nil
}

// narrow finds out what really differs in ranges whose sums did not agree.
func (p *pair) narrow(ctx context.Context, t *table, ranges []keyRange) error {
	here, there, err := p.settledSums(ctx, t, ranges)
	if err != nil {
		return err
	}
	for i, r := range ranges {
		if here[i] == there[i] {
			continue
		}
		rows := max(here[i].rows, there[i].rows)
		if err := p.meter.Pace(ctx, rows*t.perRow()); err != nil {
			return err
		}
		switch cut, err := p.cut(ctx, t, r, rows); {
		case err != nil:
			return err
		case len(cut) > 1:
			err = p.narrow(ctx, t, cut)
			if err != nil || t.found.full() {
				return err
			}
		default:
			err = p.settle(ctx, t, func(ctx context.Context, s *side) (look, error) { return s.look(ctx, t, t.look(r)) })
			if err != nil || t.found.full() {
				return err
			}
		}
	}
	return nil
}

// cut cuts a range into smaller ones, by the rows of the server that has more of them there; one that is small stays whole.
func (p *pair) cut(ctx context.Context, t *table, r keyRange, rows int64) ([]keyRange, error) {
	if rows <= smallest {
		return []keyRange{r}, nil
	}
	step := max(rows/pieces, smallest/2)
	var out []keyRange
	low := r.low
	for {
		var edge []string
		for _, s := range []*side{p.primary, p.replica} {
			answer, err := s.rows(ctx, t.edge(keyRange{low, r.high}, step))
			if err != nil {
				return nil, t.unread(s, err)
			}
			if len(answer) > 0 {
				edge = answer[0]
				break
			}
		}
		if edge == nil || fmt.Sprint(edge) == fmt.Sprint(r.high) {
			return append(out, keyRange{low, r.high}), nil
		}
		out = append(out, keyRange{low, edge})
		low = edge
	}
}

func (s *side) look(ctx context.Context, t *table, sql string) (look, error) {
	rows, err := s.rows(ctx, sql)
	if err != nil {
		return nil, t.unread(s, err)
	}
	return parseLook(rows), nil
}

// scanWhole compares a table without a key.
func (p *pair) scanWhole(ctx context.Context, t *table) error {
	all := []keyRange{{}}
	here, there, err := p.both(ctx, t, all)
	if err != nil {
		return err
	}
	t.found.rows = here[0].rows
	if err := p.meter.Add(ctx, t.bytes); err != nil {
		return err
	}
	if here[0] == there[0] {
		return nil
	}
	if here, there, err = p.settledSums(ctx, t, all); err != nil || here[0] == there[0] {
		return err
	}
	ours, err := p.primary.look(ctx, t, t.buckets())
	if err != nil {
		return err
	}
	if err := p.wait(ctx); err != nil {
		return err
	}
	theirs, err := p.replica.look(ctx, t, t.buckets())
	if err != nil {
		return err
	}
	for _, j := range judge(ours, theirs, ours, nil) {
		if err := p.meter.Pace(ctx, t.bytes); err != nil {
			return err
		}
		err := p.settle(ctx, t, func(ctx context.Context, s *side) (look, error) { return s.look(ctx, t, t.bucket(j.id)) })
		if err != nil || t.found.full() {
			return err
		}
	}
	return nil
}
