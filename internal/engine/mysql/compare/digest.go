package compare

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/dbbelt/belt/internal/engine/mysql/client"
)

// sums is what a server says of the rows of a range: how many, and two sums of their hashes.
type sums struct {
	rows     int64
	xor, sum string
}

// sums asks for the sums of a range. The inner SELECT has a LIMIT so that it is not merged into the outer one, which would
// hash each row three times; for a whole table it is left to be: a temporary table of that size would be worse.
func (t *table) sums(r keyRange) string {
	limit := " LIMIT 18446744073709551615"
	if t.key == nil {
		limit = ""
	}
	return fmt.Sprintf("SELECT '=', COUNT(*), COUNT(v), IFNULL(BIT_XOR(v), 0), IFNULL(SUM(v), 0) FROM (SELECT %s AS v FROM %s WHERE %s%s) AS belt",
		hash(t.columns), t.from(), t.where(r), limit)
}

// edge asks for the key that is n rows after the beginning of the range; no row means that there are fewer.
func (t *table) edge(r keyRange, n int64) string {
	return fmt.Sprintf("SELECT '=', %s FROM %s WHERE %s ORDER BY %s LIMIT 1 OFFSET %d", t.keys(), t.from(), t.where(r), t.order(), n-1)
}

// look asks for every row of a range.
func (t *table) look(r keyRange) string {
	return fmt.Sprintf("SELECT '=', CONCAT_WS(',', %s), %s FROM %s WHERE %s", t.keys(), digest(t.columns), t.from(), t.where(r))
}

// buckets asks for sums of the rows of a table without a key, by the first two digits of their hashes.
func (t *table) buckets() string {
	return fmt.Sprintf("SELECT '=', LEFT(v, 2), COUNT(*), BIT_XOR(CRC32(v)), SUM(CAST(CONV(LEFT(v, 16), 16, 10) AS UNSIGNED)) FROM (SELECT %s AS v FROM %s) AS belt GROUP BY LEFT(v, 2)",
		digest(t.columns), t.from())
}

// bucket asks for the rows of one bucket.
func (t *table) bucket(prefix string) string {
	return fmt.Sprintf("SELECT '=', v, COUNT(*) FROM (SELECT %s AS v FROM %s) AS belt WHERE v LIKE '%s%%' GROUP BY v", digest(t.columns), t.from(), prefix)
}

func (t *table) readSums(s *side, reply client.Reply) (sums, error) {
	if reply.Err != nil {
		return sums{}, t.unread(s, reply.Err)
	}
	if len(reply.Rows) != 1 || len(reply.Rows[0]) != 4 {
		return sums{}, fmt.Errorf("%s: %s: unexpected answer %q", s.name, t, reply.Rows)
	}
	row := reply.Rows[0]
	if row[0] != row[1] {
		return sums{}, &unreadable{table: t, side: s, err: fmt.Errorf("rows are larger than max_allowed_packet of %s", s.name)}
	}
	n, err := strconv.ParseInt(row[0], 10, 64)
	return sums{rows: n, xor: row[2], sum: row[3]}, err
}

// unreadable says that a server refused to show a table.
type unreadable struct {
	table *table
	side  *side
	err   error
}

// unread makes the server's refusal an unreadable; another error, such as a lost connection, stays what it is.
func (t *table) unread(s *side, err error) error {
	if number(err) == 0 {
		return err
	}
	return &unreadable{table: t, side: s, err: err}
}

func (e *unreadable) Error() string { return e.table.String() + ": " + e.err.Error() }
func (e *unreadable) Unwrap() error { return e.err }

// both asks both servers at once for the sums of ranges.
func (p *pair) both(ctx context.Context, t *table, ranges []keyRange) (here, there []sums, err error) {
	var group errgroup.Group
	group.Go(func() (err error) { here, err = p.primary.sums(ctx, t, ranges); return err })
	group.Go(func() (err error) { there, err = p.replica.sums(ctx, t, ranges); return err })
	return here, there, group.Wait()
}

func (s *side) sums(ctx context.Context, t *table, ranges []keyRange) ([]sums, error) {
	statements := make([]string, len(ranges))
	for i, r := range ranges {
		statements[i] = t.sums(r)
	}
	replies, err := s.ask(ctx, statements...)
	if err != nil {
		return nil, err
	}
	out := make([]sums, len(replies))
	for i, reply := range replies {
		if out[i], err = t.readSums(s, reply); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// settledSums asks the primary, and then the replica once it has executed what the primary had by then.
func (p *pair) settledSums(ctx context.Context, t *table, ranges []keyRange) (here, there []sums, err error) {
	if !p.following {
		return p.both(ctx, t, ranges)
	}
	if here, err = p.primary.sums(ctx, t, ranges); err != nil {
		return nil, nil, err
	}
	if err := p.wait(ctx); err != nil {
		return nil, nil, err
	}
	there, err = p.replica.sums(ctx, t, ranges)
	return here, there, err
}

// wait lets the replica execute all that the primary has executed by now.
func (p *pair) wait(ctx context.Context) error {
	if !p.following {
		return nil
	}
	rows, err := p.primary.rows(ctx, p.positionOf())
	if err != nil {
		return err
	}
	if len(rows) == 0 || len(rows[0]) == 0 {
		return nil
	}
	return p.catchUp(ctx, rows[0][0])
}

// parseLook reads the rows of a look: two columns.
func parseLook(rows [][]string) look {
	out := make(look, len(rows))
	for _, row := range rows {
		out[row[0]] = strings.Join(row[1:], "\t")
	}
	return out
}
