package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"

	shared "github.com/dbbelt/belt/internal/compare"
)

// columnsOf asks for the columns of a relation, in their order: name, position in its key (0 for none).
//
// The key is the primary key, or else the first unique index without nulls, expressions and conditions: that names rows
// of the catalogs too, which have primary keys from PostgreSQL 14 only. For a catalog the name in a row is told as well.
const columnsOf = `SELECT json_build_array(a.attname, CASE
    WHEN k.position IS NOT NULL THEN k.position
    WHEN a.attrelid < 16384 AND a.atttypid = 'name'::regtype THEN 100 + a.attnum ELSE 0 END)
FROM pg_attribute a LEFT JOIN (
  SELECT key.attnum, key.position FROM (
    SELECT i.indkey::int2[] AS columns, i.indnkeyatts AS count FROM pg_index i
    WHERE i.indrelid = %[1]d AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute n WHERE n.attrelid = i.indrelid AND n.attnum = ANY (i.indkey::int2[]) AND NOT n.attnotnull)
    ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) c, unnest(c.columns) WITH ORDINALITY AS key (attnum, position)
  WHERE key.position <= c.count
) k ON k.attnum = a.attnum
WHERE a.attrelid = %[1]d AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

// named is a row as one server shows it to people.
type named struct {
	key    []string
	hashes map[string]string // by column
}

// record names the rows and adds them to what was found in the relation.
func (p *pair) record(ctx context.Context, rel *relation, rows []judgement) error {
	rows = rel.found.fresh(rows)
	if room := maxRows - len(rel.found.found); len(rows) > room {
		rows = rows[:room]
	}
	if len(rows) == 0 {
		return nil
	}
	here, columns, err := p.names(ctx, p.primary, rel, rel.primary, rows, extra)
	if err != nil {
		return err
	}
	there, _, err := p.names(ctx, p.replica, rel, rel.replica, rows, missing)
	if err != nil {
		return err
	}
	for _, row := range rows {
		a, b := here[row.rowID], there[row.rowID]
		f := finding{subject: "row at " + row.ctid, verdict: row.verdict, columns: columns, here: a.hashes, there: b.hashes}
		key := a.key
		if key == nil {
			key = b.key
		}
		if key != nil {
			f.object, f.subject = p.subject(rel, columns, key)
		}
		rel.found.add(f)
	}
	return nil
}

// subject is how a row is called. Rows of the catalogs that describe a table are called after it.
func (p *pair) subject(rel *relation, c columns, key []string) (object, subject string) {
	value := func(column string) string {
		if i := slices.Index(c.key, column); i >= 0 && i < len(key) {
			return key[i]
		}
		return ""
	}
	if rel.system() {
		switch rel.name {
		case "pg_database":
			return "database " + value("datname"), "the database itself"
		case "pg_class":
			if known := p.known[value("oid")]; known.name != "" {
				return known.String(), "the " + known.word() + " itself"
			}
		case "pg_attribute":
			if known := p.known[value("attrelid")]; known.name != "" {
				return known.String(), "column " + value("attname")
			}
		}
	}
	return "", "row " + shared.Label(c.key, key)
}

// names asks one server for the keys of the rows, but not of those of the kind that it does not have. Rows that are
// gone, or cannot be read, are named by their place instead.
func (p *pair) names(ctx context.Context, s *side, rel *relation, from source, rows []judgement, except verdict) (map[rowID]named, columns, error) {
	var ctids []string
	for _, row := range rows {
		if row.verdict != except {
			ctids = append(ctids, row.ctid)
		}
	}
	answer, err := s.rows(ctx, fmt.Sprintf(columnsOf, rel.oid))
	if err != nil {
		return nil, columns{}, onlyLost(err)
	}
	cols := parseColumns(answer)
	out := map[rowID]named{}
	if len(ctids) == 0 {
		return out, cols, nil
	}
	answer, err = s.rows(ctx, from.names(ctids, cols.key, cols.all))
	if err != nil {
		return out, cols, onlyLost(err)
	}
	for _, row := range answer {
		n := named{hashes: map[string]string{}}
		if len(cols.key) > 0 {
			n.key = fields(row[2])
		}
		for i, hash := range strings.Split(strings.Trim(row[3], "{}"), ",") {
			if i < len(cols.all) {
				n.hashes[cols.all[i]] = hash
			}
		}
		out[rowID{ctid: row[0], xmin: row[1]}] = n
	}
	return out, cols, nil
}

// onlyLost drops an error that is the server's answer: a name is worth less than the finding.
func onlyLost(err error) error {
	if state(err) != "" {
		return nil
	}
	return err
}

type columns struct{ all, key []string }

func parseColumns(rows [][]string) columns {
	var c columns
	at := map[string]int{}
	for _, row := range rows {
		c.all = append(c.all, row[0])
		var position int
		if _, err := fmt.Sscan(row[1], &position); err == nil && position > 0 {
			at[row[0]] = position
			c.key = append(c.key, row[0])
		}
	}
	slices.SortStableFunc(c.key, func(a, b string) int { return at[a] - at[b] })
	return c
}
