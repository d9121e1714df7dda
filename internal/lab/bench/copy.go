package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// fill puts the data on the primary and prepares the rival's way in: no password and no encryption, in its favour.
func (b *bench) fill(ctx context.Context) error {
	if err := b.db1.Fill(ctx, b.size); err != nil {
		return err
	}
	_, err := b.db1.Exec(ctx, `set -e
file=$(runuser -u postgres -- psql -XAtc 'SHOW hba_file')
grep -q bench "$file" || echo "host replication bench $1/32 trust" >>"$file"
runuser -u postgres -- psql -Xqc "DO \$\$ BEGIN CREATE ROLE bench LOGIN REPLICATION; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" -c "SELECT pg_reload_conf()" >/dev/null`,
		b.db2.Internal.String())
	return err
}

// byHand is the best bare copy: unencrypted, unchecked, written to disk, and no server started from it.
func (b *bench) byHand(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	_, err := b.db2.Exec(ctx, `set -e
rm -rf /var/lib/postgresql/byhand
runuser -u postgres -- pg_basebackup -h "$1" -U bench -D /var/lib/postgresql/byhand -X stream -c fast -N
sync -f /var/lib/postgresql/byhand`, b.db1.Internal.String())
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	_, err = b.db2.Exec(ctx, "rm -rf /var/lib/postgresql/byhand")
	return took, err
}

// copy measures a whole enable against the bare copy, with a writer on the primary.
func (b *bench) copy(ctx context.Context) error {
	var whole ratios
	var beyond []float64
	var peak int64
	writer, err := lab.StartWriter(ctx, b.db1, lab.WriterOptions{})
	if err != nil {
		return err
	}
	for range b.rounds {
		theirs, err := b.byHand(ctx)
		if err != nil {
			return err
		}
		ours, err := b.runBelt(ctx, "", "db", "replicate", "enable", "shop/postgresql", "--replica", "db2", "-o", "json")
		if err != nil {
			return err
		}
		whole.add(ours.elapsed, theirs)
		seed, err := seconds(ours.output, "seed.db2")
		if err != nil {
			return err
		}
		beyond = append(beyond, ours.elapsed.Seconds()-seed)
		peak = max(peak, ours.peak)
		for _, command := range []string{"disable", "cleanup"} {
			if _, err := b.runBelt(ctx, "", "db", "replicate", command, "shop/postgresql", "--replica", "db2"); err != nil {
				return err
			}
		}
	}
	writes := writer.Stop()
	slices.Sort(beyond)
	size, err := b.db1.PSQL(ctx, "SELECT pg_size_pretty(sum(pg_database_size(oid))) FROM pg_database")
	if err != nil {
		return err
	}
	print("enable of "+size+" / bare pg_basebackup -c fast -N and sync", "%s", whole)
	print("enable, beyond the copy itself", "%.1f s", median(beyond))
	print("a writer on the primary meanwhile: refused", "%.1f s  (longest wait %d ms)", writes.RefusedFor.Seconds(), writes.LongestWait.Milliseconds())
	print("belt's peak memory", "%d MB", peak>>20)
	return nil
}

// seconds is what one step took, from the document that a changing command ends with.
func seconds(document, step string) (float64, error) {
	var result struct {
		Steps []struct {
			ID      string
			Seconds float64
		}
	}
	if err := json.Unmarshal([]byte(document), &result); err != nil {
		return 0, fmt.Errorf("the result of enable: %w", err)
	}
	for _, s := range result.Steps {
		if s.ID == step {
			return s.Seconds, nil
		}
	}
	return 0, fmt.Errorf("the result of enable has no step %s", step)
}
