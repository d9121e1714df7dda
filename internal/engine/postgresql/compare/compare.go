package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	defaultChunk    = 16 << 20
	defaultPatience = time.Minute
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
	meter            *meter
	skip             func(object, reason string)
}

// Run compares the replica with its primary, database by database. A replica that does not replay is compared as it
// stands. The verification is filled as far as it went, with an error too.
func Run(ctx context.Context, primary, replica Server, opts replication.VerifyOptions, report plan.Progress) (replication.Verification, error) {
	out := replication.Verification{Server: replica.Name}
	m := newMeter(report, opts.MaxRate)
	names, skipped, err := databases(ctx, primary)
	if err != nil {
		return out, err
	}
	out.Skipped = skipped
	// One that only one server has is found in pg_database, with the catalogs that all databases share.
	there, _, err := databases(ctx, replica)
	if err != nil {
		return out, err
	}
	for i, name := range names {
		if !slices.Contains(there, name) {
			continue
		}
		err := one(ctx, primary, replica, name, i > 0, opts, m, &out)
		if err == nil {
			continue
		}
		if dropped, again := gone(ctx, name, primary, replica); again != nil || !dropped {
			return out, err
		}
	}
	out.Equal = len(out.Differences) == 0
	return out, nil
}

// gone tells whether a database is no longer there on one of the servers.
func gone(ctx context.Context, name string, servers ...Server) (bool, error) {
	for _, server := range servers {
		names, _, err := databases(ctx, server)
		if err != nil {
			return false, err
		}
		if !slices.Contains(names, name) {
			return true, nil
		}
	}
	return false, nil
}

// databases lists those of a server that take connections, postgres first.
func databases(ctx context.Context, server Server) (names, skipped []string, err error) {
	session, err := server.Open(ctx, "postgres")
	if err != nil {
		return nil, nil, err
	}
	defer session.Close()
	s := &side{name: server.Name, session: session, patience: defaultPatience}
	// datconnlimit -2 marks a database whose DROP was interrupted (since 15.4, 14.9, 13.12).
	rows, err := s.rows(ctx, `SELECT json_build_array(datname, datallowconn AND datconnlimit <> -2) FROM pg_database ORDER BY datname <> 'postgres', datname`)
	if err != nil {
		return nil, nil, fmt.Errorf("listing the databases: %w", err)
	}
	for _, row := range rows {
		switch {
		case row[1] == "true":
			names = append(names, row[0])
		case row[0] != "template0":
			skipped = append(skipped, "database "+row[0]+": takes no connections")
		}
	}
	return names, skipped, nil
}

// one compares one database and adds what was found to out.
func one(ctx context.Context, primary, replica Server, database string, sharedDone bool, opts replication.VerifyOptions, m *meter, out *replication.Verification) error {
	p := &pair{
		patience: orDefault(opts.Patience, defaultPatience), chunkBytes: orDefault(opts.ChunkBytes, defaultChunk),
		database: database, sharedDone: sharedDone, known: map[string]relation{}, meter: m,
	}
	if opts.MaxRate > 0 {
		p.chunkBytes = min(p.chunkBytes, max(opts.MaxRate, 1<<20))
	}
	p.skip = func(object, reason string) {
		if text := p.prefix() + object + ": " + reason; !slices.Contains(out.Skipped, text) {
			out.Skipped = append(out.Skipped, text)
		}
	}
	here, err := primary.Open(ctx, database)
	if err != nil {
		return err
	}
	defer here.Close()
	there, err := replica.Open(ctx, database)
	if err != nil {
		return err
	}
	defer there.Close()
	p.primary = &side{name: primary.Name, session: here, patience: p.patience}
	p.replica = &side{name: replica.Name, session: there, patience: p.patience}
	if copied, err := p.meet(ctx, out); err != nil || !copied {
		return err
	}
	rels, err := p.compare(ctx)
	slices.SortStableFunc(rels, func(a, b *relation) int { return b.rank() - a.rank() })
	lone := p.lone(rels)
	for _, rel := range rels {
		if !rel.system() && rel.kind != "S" {
			out.Tables++
		}
		if !rel.system() {
			out.Rows += rel.found.rows
		}
		out.Differences = append(out.Differences, rel.found.differences(rel, p.prefix(), lone)...)
	}
	return err
}

// lone are the tables that only one of the servers has.
func (p *pair) lone(rels []*relation) map[string]bool {
	out := map[string]bool{}
	for _, rel := range rels {
		if rel.rank() > 0 {
			for _, f := range rel.found.found {
				if f.object != "" && f.verdict != differs {
					out[f.object] = true
				}
			}
		}
	}
	return out
}

// meet asks both servers who they are, and tells whether one is a copy of the other at all.
func (p *pair) meet(ctx context.Context, out *replication.Verification) (bool, error) {
	const who = `SELECT json_build_array(current_setting('server_version_num'), (SELECT system_identifier FROM pg_control_system())::text,
		current_setting('block_size'), current_setting('wal_block_size'),
		(SELECT setting::bigint * CASE unit WHEN '8kB' THEN 8192 ELSE 1 END FROM pg_settings WHERE name = 'wal_segment_size'))`
	var identity [2]string
	for i, s := range []*side{p.primary, p.replica} {
		rows, err := s.rows(ctx, who)
		if err != nil {
			return false, err
		}
		row := rows[0]
		s.version, _ = strconv.Atoi(row[0])
		identity[i] = row[1]
		p.blockSize, _ = strconv.ParseInt(row[2], 10, 64)
		p.walBlock, _ = strconv.ParseUint(row[3], 10, 64)
		p.walSegment, _ = strconv.ParseUint(row[4], 10, 64)
	}
	if identity[0] != identity[1] {
		other := replication.Difference{Object: p.replica.name, Detail: fmt.Sprintf("is not a copy of %s: its system identifier is %s, not %s", p.primary.name, identity[1], identity[0])}
		if !slices.Contains(out.Differences, other) {
			out.Differences = append(out.Differences, other)
		}
		return false, nil
	}
	if p.blockSize <= 0 {
		return false, errors.New(p.primary.name + ": it does not tell its block size")
	}
	var err error
	p.following, err = p.replica.follows(ctx)
	return true, err
}

// compare compares all relations of the database.
func (p *pair) compare(ctx context.Context) ([]*relation, error) {
	rels, err := p.relations(ctx)
	if err != nil {
		return nil, err
	}
	for _, rel := range rels {
		p.meter.expect(rel.bytes)
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

func orDefault[T int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
