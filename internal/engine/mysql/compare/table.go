package compare

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// table is one that both servers have, or one of them.
type table struct {
	schema, name string
	engine       string
	rows, bytes  int64 // as the server estimates
	columns      []column
	index        string   // of the key, empty for none
	key          []column // the columns of the primary key, or of the first unique one without nulls
	shape        string   // what has to be the same on both servers to compare rows

	found findings
}

func (t *table) String() string { return t.schema + "." + t.name }

func (t *table) from() string {
	name := ident(t.schema) + "." + ident(t.name)
	if t.index == "" {
		return name
	}
	return name + " FORCE INDEX (" + ident(t.index) + ")"
}

// systemSchemas are the servers' own.
const systemSchemas = "'mysql', 'information_schema', 'performance_schema', 'sys'"

// elsewhere are the engines whose rows are not on the server.
var elsewhere = []string{"FEDERATED", "CONNECT", "SPIDER", "BLACKHOLE", "S3", "MRG_MYISAM", "MRG_MyISAM", "SPHINX", "OQGRAPH"}

const (
	listTables = `SELECT '=', HEX(TABLE_SCHEMA), HEX(TABLE_NAME), HEX(IFNULL(ENGINE, '')), IFNULL(TABLE_ROWS, 0), IFNULL(DATA_LENGTH, 0), HEX(IFNULL(TABLE_COMMENT, ''))
FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'SEQUENCE', 'SYSTEM VERSIONED') AND TABLE_SCHEMA NOT IN (` + systemSchemas + `)`
	listColumns = `SELECT '=', HEX(c.TABLE_SCHEMA), HEX(c.TABLE_NAME), HEX(c.COLUMN_NAME), LOWER(c.DATA_TYPE), IFNULL(c.CHARACTER_SET_NAME, ''), IFNULL(c.COLLATION_NAME, ''), c.IS_NULLABLE
FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA NOT IN (` + systemSchemas + `) ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION`
	listKeys = `SELECT '=', HEX(s.TABLE_SCHEMA), HEX(s.TABLE_NAME), HEX(s.INDEX_NAME), HEX(IFNULL(s.COLUMN_NAME, '')), IFNULL(s.SUB_PART, ''), IFNULL(s.COLLATION, ''), s.NULLABLE
FROM information_schema.STATISTICS s WHERE s.NON_UNIQUE = 0 AND s.INDEX_TYPE = 'BTREE' AND s.TABLE_SCHEMA NOT IN (` + systemSchemas + `)
ORDER BY s.TABLE_SCHEMA, s.TABLE_NAME, s.INDEX_NAME <> 'PRIMARY', s.INDEX_NAME, s.SEQ_IN_INDEX`
)

// tables lists those of a server, by name.
func (s *side) tables(ctx context.Context) (map[string]*table, error) {
	replies, err := s.ask(ctx, listTables, listColumns, listKeys)
	if err != nil {
		return nil, err
	}
	for _, reply := range replies {
		if reply.Err != nil {
			return nil, fmt.Errorf("listing the tables: %w", reply.Err)
		}
	}
	out := map[string]*table{}
	for _, row := range replies[0].Rows {
		t := &table{schema: string(unhex(row[0])), name: string(unhex(row[1])), engine: string(unhex(row[2]))}
		t.rows, _ = strconv.ParseInt(row[3], 10, 64) // an estimate, and none for some engines
		t.bytes, _ = strconv.ParseInt(row[4], 10, 64)
		out[row[0]+"."+row[1]] = t
	}
	for _, row := range replies[1].Rows {
		if t := out[row[0]+"."+row[1]]; t != nil {
			t.columns = append(t.columns, column{name: string(unhex(row[2])), kind: row[3], charset: row[4], collation: row[5], nullable: row[6] == "YES"})
		}
	}
	for id, parts := range group(replies[2].Rows) {
		if t := out[id]; t != nil {
			t.take(parts)
		}
	}
	for _, t := range out {
		var shape []string
		for _, c := range t.columns {
			shape = append(shape, c.name+" "+c.kind+" "+c.charset)
		}
		t.shape = strings.Join(shape, ", ")
	}
	return out, nil
}

// group puts the rows of a table together; they are sorted already.
func group(rows [][]string) map[string][][]string {
	out := map[string][][]string{}
	for _, row := range rows {
		id := row[0] + "." + row[1]
		out[id] = append(out[id], row[2:])
	}
	return out
}

// take chooses the key among the unique indexes: the first in which each row has a place of its own, ascending.
func (t *table) take(parts [][]string) {
	for len(parts) > 0 {
		end := slices.IndexFunc(parts, func(p []string) bool { return p[0] != parts[0][0] })
		if end < 0 {
			end = len(parts)
		}
		var key []column
		for _, part := range parts[:end] {
			i := slices.IndexFunc(t.columns, func(c column) bool { return c.name == string(unhex(part[1])) })
			if i < 0 || part[2] != "" || part[3] != "A" || part[4] == "YES" || t.columns[i].kind == "json" {
				key = nil // of an expression, of a part of a text, descending, or with nulls
				break
			}
			key = append(key, t.columns[i])
		}
		if key != nil {
			t.index, t.key = string(unhex(parts[0][0])), key
			return
		}
		parts = parts[end:]
	}
}

// perRow is how many bytes a row has, roughly.
func (t *table) perRow() int64 {
	if t.rows <= 0 {
		return 100
	}
	return max(t.bytes/t.rows, 20)
}
