package compare

import (
	"context"
	"fmt"
	"slices"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
)

// pair is the two servers, connected to the same database.
type pair struct {
	primary, replica *side
	following        bool // the replica replays, so a difference can be told from a delay
	patience         time.Duration
	chunkBytes       int64
	blockSize        int64
	walBlock         uint64
	walSegment       uint64
	database         string
	sharedDone       bool                // the catalogs that all databases share have been compared
	known            map[string]relation // by oid
	meter            *shared.Meter
	skip             func(object, reason string)
}

// compare compares all relations of the database.
func (p *pair) compare(ctx context.Context) ([]*relation, error) {
	rels, err := p.relations(ctx)
	if err != nil {
		return nil, err
	}
	for _, rel := range rels {
		p.meter.Expect(rel.bytes)
	}
	todo := rels
	for redo := 0; ; redo++ {
		var tables, sequences []*relation
		for _, rel := range todo {
			if rel.kind == "S" {
				sequences = append(sequences, rel)
			} else {
				tables = append(tables, rel)
			}
		}
		again, err := p.scan(ctx, tables)
		if err != nil {
			return rels, err
		}
		more, err := p.sequences(ctx, sequences)
		if err != nil {
			return rels, err
		}
		again = append(again, more...)
		if len(again) == 0 {
			return rels, nil
		}
		if !p.following || redo == maxRedos {
			return rels, p.giveUp(ctx, again)
		}
		if todo, err = p.renew(ctx, &rels, again); err != nil {
			return rels, err
		}
	}
}

// renew looks again for relations that were rewritten, renamed or dropped, once the replica has replayed that too.
func (p *pair) renew(ctx context.Context, rels *[]*relation, again []*relation) ([]*relation, error) {
	position, err := p.position(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.catchUp(ctx, position); err != nil {
		return nil, err
	}
	now, err := p.relations(ctx)
	if err != nil {
		return nil, err
	}
	var todo []*relation
	for _, old := range again {
		at := slices.Index(*rels, old)
		i := slices.IndexFunc(now, func(r *relation) bool { return r.oid == old.oid })
		if i < 0 { // dropped
			*rels = slices.Delete(*rels, at, at+1)
			continue
		}
		(*rels)[at] = now[i]
		todo = append(todo, now[i])
	}
	return todo, nil
}

// giveUp says of relations that are not the same on both servers, however often we look, which is which.
func (p *pair) giveUp(ctx context.Context, rels []*relation) error {
	for _, rel := range rels {
		const file = "coalesce(pg_relation_filenode(%d)::text, '')"
		here, err := p.primary.value(ctx, fmt.Sprintf(file, rel.oid))
		if err != nil {
			return err
		}
		there, err := p.replica.value(ctx, fmt.Sprintf(file, rel.oid))
		if err != nil {
			return err
		}
		switch {
		case here == "":
		case there == "":
			rel.found.general = append(rel.found.general, fmt.Sprintf("the %s itself is missing on %s", rel.word(), rel.found.replica))
		case here == there && p.following:
			return fmt.Errorf("%s: %s is rewritten or renamed faster than it can be compared", p.primary.name, rel)
		case here == there:
			rel.found.general = append(rel.found.general, fmt.Sprintf("it is defined in another way on %s: its rows were not compared", rel.found.replica))
		default:
			rel.found.general = append(rel.found.general, fmt.Sprintf("it was rewritten on one side only (file %s on %s, %s on %s): its rows were not compared",
				here, rel.found.primary, there, rel.found.replica))
		}
	}
	return nil
}

// prefix goes before what is said of a relation, where its name alone would not do.
func (p *pair) prefix() string {
	if p.database == "postgres" {
		return ""
	}
	return "database " + p.database + ": "
}

// note is what the meter shows for a relation.
func (p *pair) note(rel *relation) string { return p.database + "." + rel.String() }
