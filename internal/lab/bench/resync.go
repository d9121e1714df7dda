package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/lab"
)

// received is how many bytes the server has got over the internal network since it booted.
func received(ctx context.Context, s *lab.Server) (int64, error) {
	out, err := s.Exec(ctx, `dev=$(ip -o addr | awk -v a="$1" 'index($4, a "/") == 1 {print $2}'); cat "/sys/class/net/${dev%%@*}/statistics/rx_bytes"`, s.Internal.String())
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(out), 10, 64)
}

// resync measures the bytes that a rewind fetches against those of a whole copy, after about one percent was changed on
// a replica that was promoted by accident.
func (b *bench) resync(ctx context.Context) error {
	if b.engine != lab.PostgreSQL {
		return nil // no other engine rewinds
	}
	measured := func(args ...string) (int64, error) {
		before, err := received(ctx, b.db2)
		if err != nil {
			return 0, err
		}
		if _, err := b.runBelt(ctx, "", args...); err != nil {
			return 0, err
		}
		after, err := received(ctx, b.db2)
		return after - before, err
	}
	full, err := measured("db", "replicate", "enable", b.target(), "--replica", "db2")
	if err != nil {
		return err
	}
	if _, err := b.db2.PSQL(ctx, "SELECT pg_promote()"); err != nil {
		return err
	}
	if _, err := b.db2.PSQLIn(ctx, lab.Database, "UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid <= (SELECT max(aid) / 100 FROM pgbench_accounts); CHECKPOINT"); err != nil {
		return err
	}
	wal, err := b.db1.PSQL(ctx, "SELECT sum(size) FROM pg_ls_waldir()")
	if err != nil {
		return err
	}
	kept, err := strconv.ParseInt(wal, 10, 64)
	if err != nil {
		return fmt.Errorf("the size of the primary's WAL: %w", err)
	}
	rewind, err := measured("db", "replicate", "resync", b.target(), "--replica", "db2", "--method", "rewind")
	if err != nil {
		return err
	}
	print("resync by rewind after 1 % changed / whole copy, bytes received", "%.3f", float64(rewind)/float64(full))
	print("the same without the primary's WAL, which pg_rewind copies whole", "%.3f  (%d MB of WAL, %d MB in a whole copy)",
		float64(rewind-kept)/float64(full), kept>>20, full>>20)
	for _, command := range []string{"disable", "cleanup"} {
		if _, err := b.runBelt(ctx, "", "db", "replicate", command, b.target(), "--replica", "db2"); err != nil {
			return err
		}
	}
	return nil
}
