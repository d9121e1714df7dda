package compare

import (
	"context"
	"fmt"
	"strings"

	shared "github.com/dbbelt/belt/internal/compare"
)

// record names the rows and adds them to what was found in the table.
func (p *pair) record(ctx context.Context, t *table, rows []judgement, here, there look) error {
	rows = t.found.fresh(rows)
	var columns []string
	for _, c := range t.columns {
		columns = append(columns, c.name)
	}
	for _, j := range rows {
		if t.found.full() {
			return nil
		}
		if len(t.found.found) >= shared.NamedRows {
			t.found.more++
			continue
		}
		row := shared.Row{Subject: t.subject(j.id), Verdict: j.verdict, Columns: columns}
		if t.key == nil {
			subject, err := p.example(ctx, t, j)
			if err != nil {
				return err
			}
			row.Subject = subject
			if j.verdict == shared.Differs { // it is there, but not as often
				row.Subject += fmt.Sprintf(": it is there %s times on %s and %s times on %s, which", here[j.id], p.primary.name, there[j.id], p.replica.name)
			}
			row.Columns = nil
		}
		if t.key != nil && j.verdict == shared.Differs {
			var err error
			if row.Here, err = p.primary.hashes(ctx, t, j.id); err != nil {
				return err
			}
			if row.There, err = p.replica.hashes(ctx, t, j.id); err != nil {
				return err
			}
		}
		t.found.found = append(t.found.found, row)
	}
	return nil
}

// subject is how a row is called.
func (t *table) subject(id string) string {
	if t.key == nil {
		return "a row"
	}
	var names, values []string
	for i, part := range strings.Split(id, ",") {
		if i < len(t.key) {
			names = append(names, t.key[i].name)
			values = append(values, readable(part))
		}
	}
	return "row " + shared.Label(names, values)
}

// hashes asks for a hash of each column of a row. A row that is gone by now has none.
func (s *side) hashes(ctx context.Context, t *table, id string) (map[string]string, error) {
	parts := make([]string, len(t.columns))
	for i, c := range t.columns {
		parts[i] = "SHA2(" + c.exact() + ", 256)"
	}
	key := strings.Split(id, ",")
	conditions := make([]string, len(t.key))
	for i, c := range t.key {
		conditions[i] = c.ordered() + " = " + c.literal(key[i])
	}
	rows, err := s.rows(ctx, fmt.Sprintf("SELECT '=', %s FROM %s WHERE %s", strings.Join(parts, ", "), t.from(), strings.Join(conditions, " AND ")))
	if err != nil || len(rows) != 1 {
		return nil, onlyLost(err)
	}
	out := map[string]string{}
	for i, c := range t.columns {
		out[c.name] = rows[0][i]
	}
	return out, nil
}

// example is a row of a table without a key, by its first columns.
func (p *pair) example(ctx context.Context, t *table, j judgement) (string, error) {
	s := p.primary
	if j.verdict == shared.Extra {
		s = p.replica
	}
	columns := t.columns[:min(len(t.columns), 4)]
	names, parts := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], parts[i] = c.name, "IFNULL(HEX(LEFT("+c.shown()+", 100)), '')"
	}
	rows, err := s.rows(ctx, fmt.Sprintf("SELECT '=', %s FROM %s WHERE %s = '%s' LIMIT 1", strings.Join(parts, ", "), t.from(), digest(t.columns), j.id))
	if err != nil || len(rows) != 1 {
		return "a row", onlyLost(err)
	}
	values := make([]string, len(columns))
	for i := range columns {
		values[i] = readable(rows[0][i])
	}
	return "a row with " + shared.Label(names, values), nil
}

// shown is an expression for the column's value as text.
func (c column) shown() string {
	switch {
	case c.kind == "bit":
		return ident(c.name) + " + 0"
	case c.charset != "":
		return "CONVERT(" + ident(c.name) + " USING utf8mb4)"
	case c.is(long):
		return "HEX(" + ident(c.name) + ")"
	}
	return "CAST(" + ident(c.name) + " AS CHAR)"
}

// onlyLost drops an error that is the server's answer: a name is worth less than the finding.
func onlyLost(err error) error {
	if number(err) != 0 {
		return nil
	}
	return err
}
