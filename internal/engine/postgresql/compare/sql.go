package compare

import (
	"fmt"
	"strings"
)

// source is a relation as one server's SQL names it.
type source struct {
	oid     string
	schema  string
	name    string
	columns string // the columns to compare, "t.*" for all
	tids    int    // how many rows a block can hold; 0 where the server can read a range of blocks (PostgreSQL 14)
}

func (s source) from() string { return "ONLY " + ident(s.schema) + "." + ident(s.name) + " AS t" }

// blocks is the condition for the rows of the blocks [first, first+count), both SQL expressions.
//
// PostgreSQL 13 has no scan of a range of blocks: there every possible place of a row is listed.
func (s source) blocks(first string, count int64) string {
	if s.tids > 0 {
		return fmt.Sprintf("t.ctid = ANY (ARRAY(SELECT (p.v || o.v)::tid"+
			" FROM (SELECT '(' || n AS v FROM generate_series(%s, %s + %d) AS n OFFSET 0) AS p,"+
			" (SELECT ',' || n || ')' AS v FROM generate_series(1, %d) AS n OFFSET 0) AS o))", first, first, count-1, s.tids)
	}
	return fmt.Sprintf("t.ctid >= ('(' || %s || ',0)')::tid AND t.ctid < ('(' || %s + %d || ',0)')::tid", first, first, count)
}

// version is the text of one row version. record_out is called by name: a cast of the row to text could be one that
// the table's owner defined, and would run with our rights.
func (s source) version() string {
	return `textin(record_out(ROW(t.ctid, t.xmin, ` + s.columns + `))) COLLATE "C"`
}

// digest asks, for every step blocks of those from first up to but without end, for a line of file, first block, number
// of rows and two sums of hashes. The file tells a table that was rewritten, where the same ctid is another row.
func (s source) digest(first, end, step int64) string {
	return s.digests(fmt.Sprintf("generate_series(%d::bigint, %d, %d) AS belt (b)", first, end-1, step), step)
}

// digestEach is digest block by block, for the steps that begin with the given blocks.
func (s source) digestEach(firsts []int64, step int64) string {
	return s.digests(fmt.Sprintf("unnest('{%s}'::bigint[]) AS f, LATERAL generate_series(f, f + %d) AS belt (b)", list(firsts), step-1), 1)
}

func (s source) digests(starts string, step int64) string {
	return fmt.Sprintf(`SELECT json_build_array(pg_relation_filenode(%s), belt.b, d.n, d.x, d.y) FROM %s, LATERAL (`+
		`SELECT count(*) AS n, coalesce(sum(hashtextextended(r.v, 1)), 0) AS x, coalesce(sum(hashtextextended(r.v, 2)), 0) AS y`+
		` FROM (SELECT %s AS v FROM %s WHERE %s OFFSET 0) AS r) AS d`,
		s.oid, starts, s.version(), s.from(), s.blocks("belt.b", step))
}

// look asks for the row versions of blocks, one a line: file, block, ctid, xmin, xmax, hash. A block without rows is a
// line without ctid.
func (s source) look(blocks []int64) string {
	return fmt.Sprintf(`SELECT json_build_array(pg_relation_filenode(%s), belt.b, r.c, r.x, r.m, hashtextextended(r.v, 1) || '/' || hashtextextended(r.v, 2))`+
		` FROM unnest('{%s}'::bigint[]) AS belt (b) LEFT JOIN LATERAL (SELECT t.ctid AS c, t.xmin AS x, t.xmax AS m, %s AS v FROM %s WHERE %s OFFSET 0) AS r ON true`,
		s.oid, list(blocks), s.version(), s.from(), s.blocks("belt.b", 1))
}

// names asks for the key and a hash of each column of the rows at the given places: ctid, xmin, key record, hashes.
func (s source) names(ctids, key, columns []string) string {
	hashes := make([]string, len(columns))
	for i, column := range columns {
		hashes[i] = fmt.Sprintf(`hashtextextended(textin(record_out(ROW(t.%s))) COLLATE "C", 1)`, ident(column))
	}
	keys := make([]string, len(key))
	for i, column := range key {
		keys[i] = "t." + ident(column)
	}
	return fmt.Sprintf(`SELECT json_build_array(t.ctid, t.xmin, left(textin(record_out(ROW(%s))), 4000), textin(array_out(ARRAY[%s]::bigint[]))) FROM %s WHERE t.ctid = ANY ('{%s}'::tid[])`,
		strings.Join(keys, ", "), strings.Join(hashes, ", "), s.from(), quotedList(ctids))
}

func list(blocks []int64) string {
	texts := make([]string, len(blocks))
	for i, b := range blocks {
		texts[i] = fmt.Sprint(b)
	}
	return strings.Join(texts, ",")
}

func quotedList(values []string) string { return `"` + strings.Join(values, `","`) + `"` }

// ident quotes a name for SQL.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
