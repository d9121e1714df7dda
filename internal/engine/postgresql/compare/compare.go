package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	defaultChunk    = 16 << 20
	defaultPatience = time.Minute
)

// run is one comparison of all databases.
type run struct {
	primary, replica Server
	opts             replication.VerifyOptions
	meter            *shared.Meter
	out              replication.Verification
}

// Run compares the replica with its primary, database by database. A replica that does not replay is compared as it
// stands. The verification is filled as far as it went, with an error too.
func Run(ctx context.Context, primary, replica Server, opts replication.VerifyOptions, report plan.Progress) (replication.Verification, error) {
	r := &run{primary: primary, replica: replica, opts: opts, meter: shared.NewMeter(report, opts.MaxRate)}
	r.out.Server = replica.Name
	err := r.all(ctx)
	r.out.Equal = err == nil && len(r.out.Differences) == 0
	return r.out, err
}

func (r *run) all(ctx context.Context) error {
	first, err := r.connect(ctx, maintenance)
	if err != nil {
		return err
	}
	defer first.close()
	here, err := first.primary.databases(ctx)
	if err != nil {
		return err
	}
	there, err := first.replica.databases(ctx)
	if err != nil {
		return err
	}
	if copied, err := r.meet(ctx, first); err != nil || !copied {
		return err
	}
	// A database that only one server has is found in pg_database, with the catalogs that all databases share.
	both := func(d database) bool {
		return slices.ContainsFunc(there, func(o database) bool { return o.name == d.name && o.open })
	}
	for _, d := range here {
		switch {
		case d.open && both(d) && d.name != maintenance:
			r.meter.Expect(d.bytes)
		case !d.open && d.name != "template0":
			r.out.Skipped = append(r.out.Skipped, "database "+d.name+": takes no connections")
		}
	}
	if err := r.compare(ctx, first); err != nil {
		return err
	}
	first.close() // it would idle for as long as the others take
	for _, d := range here {
		if d.name == maintenance || !d.open || !both(d) {
			continue
		}
		r.meter.Expect(-d.bytes) // its tables are added when they are known
		if err := r.next(ctx, first, d.name); err != nil {
			return err
		}
	}
	return nil
}

// next compares another database. One that is dropped meanwhile needs no comparison.
func (r *run) next(ctx context.Context, first *pair, name string) error {
	p, err := r.connect(ctx, name)
	if err == nil {
		defer p.close()
		p.sharedDone = true
		p.blockSize, p.walBlock, p.walSegment = first.blockSize, first.walBlock, first.walSegment
		p.primary.version, p.replica.version = first.primary.version, first.replica.version
		p.following = first.following
		err = r.compare(ctx, p)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	again, lost := r.connect(ctx, maintenance)
	if lost != nil {
		return err
	}
	defer again.close()
	for _, s := range []*side{again.primary, again.replica} {
		now, lost := s.databases(ctx)
		if lost == nil && !slices.ContainsFunc(now, func(d database) bool { return d.name == name }) {
			return nil
		}
	}
	return err
}

// connect opens the database on both servers.
func (r *run) connect(ctx context.Context, name string) (*pair, error) {
	p := &pair{
		patience: orDefault(r.opts.Patience, defaultPatience), chunkBytes: orDefault(r.opts.ChunkBytes, defaultChunk),
		database: name, known: map[string]relation{}, meter: r.meter,
	}
	if r.opts.MaxRate > 0 {
		p.chunkBytes = min(p.chunkBytes, max(r.opts.MaxRate, 1<<20))
	}
	p.skip = func(object, reason string) {
		if text := p.prefix() + object + ": " + reason; !slices.Contains(r.out.Skipped, text) {
			r.out.Skipped = append(r.out.Skipped, text)
		}
	}
	p.primary = &side{name: r.primary.Name, patience: p.patience}
	p.replica = &side{name: r.replica.Name, patience: p.patience}
	var group errgroup.Group
	group.Go(func() (err error) { p.primary.session, err = r.primary.Open(ctx, name); return err })
	group.Go(func() (err error) { p.replica.session, err = r.replica.Open(ctx, name); return err })
	if err := group.Wait(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pair) close() {
	for _, s := range []*side{p.primary, p.replica} {
		if s.session != nil {
			s.session.Close()
		}
	}
}

// compare compares one database and adds what it finds.
func (r *run) compare(ctx context.Context, p *pair) error {
	rels, err := p.compare(ctx)
	slices.SortStableFunc(rels, func(a, b *relation) int { return b.rank() - a.rank() })
	lone := p.lone(rels)
	for _, rel := range rels {
		if !rel.system() && rel.kind != "S" {
			r.out.Tables++
		}
		if !rel.system() {
			r.out.Rows += rel.found.rows
		}
		r.out.Differences = append(r.out.Differences, rel.found.differences(rel, p.prefix(), lone)...)
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
func (r *run) meet(ctx context.Context, p *pair) (bool, error) {
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
	if p.blockSize <= 0 {
		return false, errors.New(p.primary.name + ": it does not tell its block size")
	}
	if identity[0] != identity[1] {
		r.out.Differences = append(r.out.Differences, replication.Difference{Object: p.replica.name, Detail: fmt.Sprintf(
			"is not a copy of %s: its system identifier is %s, not %s", p.primary.name, identity[1], identity[0])})
		return false, nil
	}
	var err error
	p.following, err = p.replica.follows(ctx)
	return err == nil, err
}

func orDefault[T int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
