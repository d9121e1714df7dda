package main

import (
	"context"
	"time"
)

// baseBackup is written to disk, and no server is started from it.
type baseBackup struct{ *bench }

func (baseBackup) name() string { return "bare pg_basebackup -c fast -N and sync" }

func (baseBackup) step() string { return "seed.db2" }

func (b baseBackup) prepare(ctx context.Context) error {
	_, err := b.db1.Exec(ctx, `set -e
file=$(runuser -u postgres -- psql -XAtc 'SHOW hba_file')
grep -q bench "$file" || echo "host replication bench $1/32 trust" >>"$file"
runuser -u postgres -- psql -Xqc "DO \$\$ BEGIN CREATE ROLE bench LOGIN REPLICATION; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" -c "SELECT pg_reload_conf()" >/dev/null`,
		b.db2.Internal.String())
	return err
}

func (b baseBackup) copy(ctx context.Context) (time.Duration, error) {
	took, err := timed(ctx, b.db2, `set -e
rm -rf /var/lib/postgresql/byhand
runuser -u postgres -- pg_basebackup -h "$1" -U bench -D /var/lib/postgresql/byhand -X stream -c fast -N
sync -f /var/lib/postgresql/byhand`, b.db1.Internal.String())
	if err != nil {
		return 0, err
	}
	_, err = b.db2.Exec(ctx, "rm -rf /var/lib/postgresql/byhand")
	return took, err
}
