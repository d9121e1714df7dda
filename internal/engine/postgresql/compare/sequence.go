package compare

import (
	"context"
	"fmt"
	"slices"
)

// value asks where a sequence stands: file, position, whether it was called.
//
// A primary writes to the log every 33rd call only, and then the value that lies 32 calls ahead; log_cnt counts how many
// of them are left. A replica shows what was logged. So last_value alone differs nearly always, while
// last_value + log_cnt × increment is the same on both; seen on 15.18 through steps, caches, cycles, bounds, setval,
// checkpoints, restarts and rolled-back calls.
func (s source) value() string {
	return fmt.Sprintf(`SELECT json_build_array(pg_relation_filenode(%s), (t.last_value::numeric + t.log_cnt::numeric * q.seqincrement)::text, t.is_called)`+
		` FROM %s.%s AS t, pg_sequence AS q WHERE q.seqrelid = %s`, s.oid, ident(s.schema), ident(s.name), s.oid)
}

// sequences compares where the sequences stand, and returns those that were dropped or renamed meanwhile.
func (p *pair) sequences(ctx context.Context, all []*relation) ([]*relation, error) {
	var again []*relation
	for batch := range slices.Chunk(all, batchSize) {
		pending := batch
		for round := 1; len(pending) > 0; round++ {
			certain := round > 1 || !p.following
			judged, err := p.stands(ctx, pending, certain)
			if err != nil {
				return nil, err
			}
			var next []*relation
			for i, j := range judged {
				switch {
				case j == seqMoved:
					again = append(again, pending[i])
				case j == seqDiffers && !certain, j == seqMoving && round < movingLooks:
					next = append(next, pending[i])
				}
			}
			pending = next
		}
	}
	return again, nil
}

type seqVerdict int

const (
	seqEqual seqVerdict = iota
	seqDiffers
	seqMoving // it is called all the time; each note in the log is absolute, so its replica cannot stay wrong
	seqMoved  // dropped or renamed
)

// stands judges sequences. With certain, the replica is given time to replay, and what differs is noted.
func (p *pair) stands(ctx context.Context, rels []*relation, certain bool) ([]seqVerdict, error) {
	ask := func(s *side, of func(*relation) source, more ...string) ([][]string, []error, string, error) {
		statements := make([]string, len(rels), len(rels)+1)
		for i, rel := range rels {
			statements[i] = of(rel).value()
		}
		replies, err := s.ask(ctx, append(statements, more...)...)
		if err != nil {
			return nil, nil, "", err
		}
		rows, errs := make([][]string, len(rels)), make([]error, len(rels))
		for i := range rels {
			errs[i] = replies[i].Err
			if len(replies[i].Rows) == 1 {
				rows[i] = replies[i].Rows[0]
			}
		}
		position := ""
		if len(more) > 0 {
			if replies[len(rels)].Err != nil {
				return nil, nil, "", replies[len(rels)].Err
			}
			position = replies[len(rels)].Rows[0][0]
		}
		return rows, errs, position, nil
	}
	primary := func(r *relation) source { return r.primary }
	replica := func(r *relation) source { return r.replica }

	var more []string
	wait := certain && p.following
	if wait {
		more = []string{"SELECT json_build_array(" + insertPosition + ")"}
	}
	before, errBefore, position, err := ask(p.primary, primary, more...)
	if err != nil {
		return nil, err
	}
	if wait {
		if err := p.catchUp(ctx, position); err != nil {
			return nil, err
		}
	}
	there, errThere, _, err := ask(p.replica, replica)
	if err != nil {
		return nil, err
	}
	after, errAfter := before, errBefore
	if wait {
		if after, errAfter, _, err = ask(p.primary, primary); err != nil {
			return nil, err
		}
	}
	out := make([]seqVerdict, len(rels))
	for i, rel := range rels {
		if err := cmpErr(errBefore[i], errThere[i], errAfter[i]); err != nil {
			if !moved(err) {
				return nil, fmt.Errorf("%s: %w", rel, err)
			}
			out[i] = seqMoved
			continue
		}
		out[i] = judgeSequence(before[i], there[i], after[i])
		if out[i] == seqDiffers && certain {
			rel.found.general = []string{fmt.Sprintf("stands at %s on %s and at %s on %s", standing(after[i]), p.primary.name, standing(there[i]), p.replica.name)}
		}
	}
	return out, nil
}

// judgeSequence compares where a sequence stood on the primary, then on the replica, then on the primary again.
func judgeSequence(before, there, after []string) seqVerdict {
	switch {
	case before == nil || there == nil || after == nil:
		return seqMoved
	case slices.Equal(there, before), slices.Equal(there, after):
		return seqEqual
	case slices.Equal(before, after):
		return seqDiffers
	}
	return seqMoving
}

// standing is a sequence's place, for people.
func standing(row []string) string {
	if len(row) == 3 && row[2] == "false" {
		return row[1] + ", not yet called"
	}
	if len(row) == 3 {
		return row[1]
	}
	return "nowhere"
}
