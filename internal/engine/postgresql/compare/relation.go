package compare

import (
	"context"
	"fmt"
	"strconv"
)

// firstUserOID is the first oid that is not the server's own (FirstNormalObjectId).
const firstUserOID = 16384

// relation is a table, materialized view, partition or sequence, as both servers know it.
type relation struct {
	oid      int64
	kind     string // pg_class.relkind
	schema   string
	name     string
	file     string // relfilenode on the primary, empty without storage
	bytes    int64  // on the primary, with its TOAST table
	blocks   int64  // of the longer of both sides
	perBlock int64  // bytes that come with a block, TOAST included
	primary  source
	replica  source

	found *findings // what differs in it
}

func (r relation) system() bool { return r.oid < firstUserOID }

func (r relation) String() string { return r.schema + "." + r.name }

// listing asks for everything that has rows of its own, whether they can be compared or not.
//
// Columns that the server overwrites in place, outside of any transaction, are left out: statistics in pg_class, and
// horizons in both (heap_inplace_update). Temporary tables are not in the write-ahead log.
const listing = `SELECT json_build_array(c.oid, c.relkind, n.nspname, c.relname, pg_relation_filenode(c.oid),
  coalesce(pg_relation_size(c.oid), 0), coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0),
  c.relpersistence, c.relisshared, coalesce(a.amname, 'heap'),
  CASE WHEN c.oid IN ('pg_class'::regclass, 'pg_database'::regclass) THEN
    (SELECT string_agg('t.' || quote_ident(k.attname), ', ' ORDER BY k.attnum) FROM pg_attribute k
     WHERE k.attrelid = c.oid AND k.attnum > 0 AND NOT k.attisdropped AND k.attname NOT IN
       ('relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relhasindex', 'relfrozenxid', 'relminmxid',
        'datfrozenxid', 'datminmxid', 'dathasloginevt')) END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
WHERE c.relkind IN ('r', 'm', 'f', 'S') AND c.relpersistence <> 't'
ORDER BY c.oid >= 16384 DESC, c.oid`

// listed is one relation of one server.
type listed struct {
	relation
	size, toast int64
	persistence string
	shared      bool
	method      string
	columns     string
}

func parseListing(rows [][]string) ([]listed, error) {
	out := make([]listed, len(rows))
	for i, row := range rows {
		if len(row) != 11 {
			return nil, fmt.Errorf("list of tables: %d columns in %.200q", len(row), row)
		}
		l := &out[i]
		l.oid, _ = strconv.ParseInt(row[0], 10, 64)
		l.size, _ = strconv.ParseInt(row[5], 10, 64)
		l.toast, _ = strconv.ParseInt(row[6], 10, 64)
		l.kind, l.schema, l.name, l.file = row[1], row[2], row[3], row[4]
		l.persistence, l.shared, l.method, l.columns = row[7], row[8] == "true", row[9], row[10]
		if l.columns == "" {
			l.columns = "t.*"
		}
	}
	return out, nil
}

// rank puts what is told first to the front: tables that are missing as a whole.
func (r relation) rank() int {
	if r.system() && r.name == "pg_class" {
		return 1
	}
	return 0
}

// word is what it is, for people.
func (r relation) word() string {
	switch r.kind {
	case "m":
		return "materialized view"
	case "f":
		return "foreign table"
	case "S":
		return "sequence"
	}
	return "table"
}

// source is the relation in that server's SQL.
func (l listed) source(version, blockSize int64) source {
	s := source{oid: strconv.FormatInt(l.oid, 10), schema: l.schema, name: l.name, columns: l.columns}
	if version < 140000 {
		s.tids = int((blockSize - 24) / 28) // MaxHeapTuplesPerPage
	}
	return s
}

// unfit says why the relation cannot be compared, and is empty when it can.
func (l listed) unfit() string {
	switch {
	case l.kind == "f":
		return "foreign table: its rows are on another server"
	case l.persistence == "u":
		return "unlogged: empty on a replica by design"
	case l.method != "heap" && l.kind != "S":
		return "stored by " + l.method + ", not as a heap"
	}
	return ""
}

// list asks one server.
func (s *side) list(ctx context.Context) ([]listed, error) {
	rows, err := s.rows(ctx, listing)
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	return parseListing(rows)
}

// relations are those of the database that both servers have, the user's first. One that only one server has is not
// in it: whether that is a difference is found in pg_class, row by row.
func (p *pair) relations(ctx context.Context) ([]*relation, error) {
	here, err := p.primary.list(ctx)
	if err != nil {
		return nil, err
	}
	position, err := p.position(ctx)
	if err != nil {
		return nil, err
	}
	there, err := p.replica.list(ctx)
	if err != nil {
		return nil, err
	}
	if !sameFiles(here, there) {
		if err := p.catchUp(ctx, position); err != nil {
			return nil, err
		}
		if there, err = p.replica.list(ctx); err != nil {
			return nil, err
		}
	}
	return p.match(here, there), nil
}

func sameFiles(a, b []listed) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].oid != b[i].oid || a[i].file != b[i].file || a[i].schema != b[i].schema || a[i].name != b[i].name {
			return false
		}
	}
	return true
}

// match pairs the relations of both servers.
func (p *pair) match(here, there []listed) []*relation {
	others := make(map[int64]listed, len(there))
	for _, l := range there {
		others[l.oid] = l
		p.known[fmt.Sprint(l.oid)] = l.relation
	}
	for _, l := range here {
		p.known[fmt.Sprint(l.oid)] = l.relation
	}
	var out []*relation
	for _, l := range here {
		other, both := others[l.oid]
		if !both || l.kind != other.kind || (l.shared && p.sharedDone) {
			continue
		}
		if l.system() && !p.following && planner[l.name] {
			continue
		}
		if reason := l.unfit(); reason != "" {
			p.skip(l.relation.String(), reason)
			continue
		}
		r := l.relation
		r.bytes = l.size + l.toast
		r.blocks = max(l.size, other.size) / p.blockSize
		r.perBlock = p.blockSize
		if l.size > 0 {
			r.perBlock = max(p.blockSize, r.bytes/(l.size/p.blockSize))
		}
		r.primary = l.source(int64(p.primary.version), p.blockSize)
		r.replica = other.source(int64(p.replica.version), p.blockSize)
		r.found = &findings{primary: p.primary.name, replica: p.replica.name}
		out = append(out, &r)
	}
	return out
}

// planner are the catalogs of statistics. A server that does not follow gathers its own.
var planner = map[string]bool{"pg_statistic": true, "pg_statistic_ext_data": true}
