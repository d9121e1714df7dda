package main

import (
	"context"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// stream is MariaDB's backup through a pipe, prepared and written to disk.
type stream struct{ *bench }

func (stream) name() string {
	return "bare mariadb-backup --parallel=4 | socat | mbstream -p 4, prepare and sync"
}

func (stream) step() string { return "seed.db2" }

func (stream) prepare(context.Context) error { return nil }

func (s stream) copy(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	received := make(chan error, 1)
	go func() {
		_, err := s.db2.Exec(ctx, `bash -c 'set -euo pipefail
rm -rf /var/lib/byhand
mkdir /var/lib/byhand
socat -u TCP-LISTEN:4444,reuseaddr STDOUT | mbstream -x -p 4 -C /var/lib/byhand'`)
		received <- err
	}()
	_, err := s.db1.Exec(ctx, `bash -c 'set -euo pipefail
mariadb-backup --backup --stream=xbstream --parallel=4 --target-dir=/tmp 2>/tmp/byhand.log |
  socat -u STDIN "TCP:$1:4444,retry=100,interval=0.1"
tail -n 1 /tmp/byhand.log | grep -q "completed OK!"' bash "$1"`, s.db2.Internal.String())
	if err != nil {
		return 0, err
	}
	if err := <-received; err != nil {
		return 0, err
	}
	if _, err := s.db2.Exec(ctx, `mariadb-backup --prepare --use-memory=1G --target-dir=/var/lib/byhand 2>/dev/null && sync -f /var/lib/byhand`); err != nil {
		return 0, err
	}
	took := time.Since(began)
	_, err = s.db2.Exec(ctx, "rm -rf /var/lib/byhand")
	return took, err
}

// clone is MySQL's, into a folder of its own.
type clone struct{ *bench }

func (clone) name() string { return "bare CLONE INSTANCE" }

func (clone) step() string { return "seed.db2" }

// prepare is done before each copy: Belt takes away the plug-in that it installed itself.
func (c clone) prepare(ctx context.Context) error {
	for _, server := range []*lab.Server{c.db1, c.db2} {
		if err := withPlugin(ctx, server); err != nil {
			return err
		}
	}
	_, err := c.db1.SQL(ctx, `SET SESSION sql_log_bin = 0;
		CREATE USER IF NOT EXISTS bench@'%' IDENTIFIED BY 'bench'; GRANT BACKUP_ADMIN ON *.* TO bench@'%'`)
	if err != nil {
		return err
	}
	_, err = c.db2.SQL(ctx, "SET GLOBAL clone_valid_donor_list = '"+c.db1.Internal.String()+":3306'")
	return err
}

func (c clone) copy(ctx context.Context) (time.Duration, error) {
	if err := c.prepare(ctx); err != nil {
		return 0, err
	}
	const folder = "/var/lib/mysql-files/byhand"
	began := time.Now()
	_, err := c.db2.SQL(ctx, "CLONE INSTANCE FROM bench@'"+c.db1.Internal.String()+"':3306 IDENTIFIED BY 'bench' DATA DIRECTORY = '"+folder+"' REQUIRE NO SSL")
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	_, err = c.db2.Exec(ctx, `rm -rf "$1"`, folder)
	return took, err
}

func withPlugin(ctx context.Context, server *lab.Server) error {
	there, err := server.SQL(ctx, "SELECT COUNT(*) FROM information_schema.PLUGINS WHERE plugin_name = 'clone'")
	if err != nil || there == "1" {
		return err
	}
	_, err = server.SQL(ctx, "SET SESSION sql_log_bin = 0; INSTALL PLUGIN clone SONAME 'mysql_clone.so'")
	return err
}
