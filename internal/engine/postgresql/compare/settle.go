package compare

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/internal/engine/postgresql/psql"
)

const (
	movingLooks  = 4 // at blocks whose rows come and go
	suspectLooks = 3 // that show different values for rows that come and go, until they count
)

// settle finds out what really differs in blocks whose digests did not agree.
func (p *pair) settle(ctx context.Context, rel *relation, blocks []int64) error {
	over := map[string]bool{} // transactions known to be over
	suspects := map[int64]int{}
	deadline := time.Now().Add(p.patience)
	for round := 1; len(blocks) > 0; round++ {
		before, replica, after, err := p.looks(ctx, rel, blocks)
		if err != nil {
			return err
		}
		late := time.Now().After(deadline)
		finished := func(xid string) bool { return over[xid] || !p.following }
		if late {
			waiting, err := p.primary.value(ctx, "(SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep')")
			if err != nil {
				return err
			}
			if waiting == "0" { // then every commit that a replica can see is one that the primary shows
				finished = func(string) bool { return true }
			}
		}
		next := map[int64]bool{}
		undecided := map[string]bool{}
		var real []judgement
		for _, j := range judge(before, replica, after, finished) {
			switch j.verdict {
			case missing, extra, differs:
				real = append(real, j)
			case suspect:
				if suspects[j.block]++; suspects[j.block] >= suspectLooks {
					j.verdict = differs
					real = append(real, j)
				} else {
					next[j.block] = true
				}
			case moving:
				if round < movingLooks {
					next[j.block] = true
				}
			case open:
				next[j.block] = true
				undecided[j.xid] = true
			}
		}
		if late && len(undecided) > 0 {
			return fmt.Errorf("%s: rows of %s belong to a transaction that waits for synchronous replication for more than %s (%s): they cannot be compared",
				p.primary.name, rel, p.patience, strings.Join(slices.Sorted(maps.Keys(undecided)), ", "))
		}
		if err := p.record(ctx, rel, real); err != nil || rel.found.full() {
			return err
		}
		if err := p.finished(ctx, undecided, over); err != nil {
			return err
		}
		blocks = slices.Sorted(maps.Keys(next))
		if round > 1 && len(blocks) > 0 {
			if err := shared.Sleep(ctx, min(time.Duration(round)*20*time.Millisecond, time.Second)); err != nil {
				return err
			}
		}
	}
	return nil
}

// looks shows the blocks on the primary, on the replica when it has replayed what the primary had written by then, and
// on the primary again. A replica that does not follow is not waited for, and the primary is asked once.
func (p *pair) looks(ctx context.Context, rel *relation, blocks []int64) (before, replica, after look, err error) {
	statements := []string{rel.primary.look(blocks)}
	if p.following {
		statements = append(statements, "SELECT json_build_array("+insertPosition+")")
	}
	replies, err := p.primary.ask(ctx, statements...)
	if err != nil {
		return nil, nil, nil, err
	}
	before, file, err := parseLook(rel, replies[0])
	if err != nil {
		return nil, nil, nil, err
	}
	if p.following {
		if err := replies[1].Err; err != nil {
			return nil, nil, nil, err
		}
		if err := p.catchUp(ctx, replies[1].Rows[0][0]); err != nil {
			return nil, nil, nil, err
		}
	}
	replica, err = p.replica.look(ctx, rel, rel.replica, blocks, file)
	if err != nil {
		return nil, nil, nil, err
	}
	after = before
	if p.following {
		after, err = p.primary.look(ctx, rel, rel.primary, blocks, file)
	}
	return before, replica, after, errors.Join(err, p.meter.Pace(ctx, int64(len(blocks))*rel.perBlock))
}

func (s *side) look(ctx context.Context, rel *relation, from source, blocks []int64, file string) (look, error) {
	replies, err := s.ask(ctx, from.look(blocks))
	if err != nil {
		return nil, err
	}
	out, now, err := parseLook(rel, replies[0])
	if err == nil && now != file {
		err = errMoved
	}
	return out, err
}

// parseLook reads the answer to [source.look].
func parseLook(rel *relation, reply psql.Reply) (rows look, file string, err error) {
	if moved(reply.Err) {
		return nil, "", errMoved
	}
	if reply.Err != nil {
		return nil, "", fmt.Errorf("%s: %w", rel, reply.Err)
	}
	rows = make(look, len(reply.Rows))
	for _, row := range reply.Rows {
		file = row[0]
		if row[2] == "" {
			continue
		}
		block, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("%s: block number %q", rel, row[1])
		}
		rows[rowID{ctid: row[2], xmin: row[3]}] = rowLook{block: block, xmax: row[4], hash: row[5]}
	}
	return rows, file, nil
}

// finished asks the primary which of the transactions are over, committed or not, and adds them to over.
//
// Only the last 32 bits of a transaction's number are stored with a row; it belongs to the two billion before the next
// one. What lies after it is no transaction of this server, or a group of lockers (a multixact), and stays undecided.
func (p *pair) finished(ctx context.Context, xids, over map[string]bool) error {
	if len(xids) == 0 {
		return nil
	}
	rows, err := p.primary.rows(ctx, fmt.Sprintf(`SELECT json_build_array(x) FROM (
  SELECT x, CASE WHEN low < x THEN next - low + x - 4294967296 ELSE next - low + x END AS id, next
  FROM (SELECT next, next %% 4294967296 AS low FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next) n) m,
    unnest('{%s}'::bigint[]) AS x) f
WHERE x < 3 OR CASE WHEN id BETWEEN 3 AND next - 1 AND next - id < 2147483648
  THEN coalesce(pg_xact_status(id::text::xid8), 'over') <> 'in progress' ELSE false END`, strings.Join(slices.Sorted(maps.Keys(xids)), ",")))
	if err != nil {
		return fmt.Errorf("asking for the end of transactions: %w", err)
	}
	for _, row := range rows {
		over[row[0]] = true
	}
	return nil
}
