package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// repmgr is Debian's repmgr on db1 and db2, set up as its manual says: an extension that is preloaded, a superuser, a
// configuration on each server, keys with which the servers log in to each other, and rights for systemctl.
type repmgr struct{ *bench }

func (r repmgr) prepare(ctx context.Context) error {
	var keys []string
	for i, s := range []*lab.Server{r.db1, r.db2} {
		key, err := s.Exec(ctx, repmgrSetUp, fmt.Sprint(i+1), s.Name, s.Internal.String(), r.db1.Internal.String(), r.db2.Internal.String())
		if err != nil {
			return err
		}
		keys = append(keys, strings.TrimSpace(key))
	}
	for _, s := range []*lab.Server{r.db1, r.db2} {
		if _, err := s.Exec(ctx, `printf '%s\n' "$1" >~postgres/.ssh/authorized_keys; chown postgres: ~postgres/.ssh/authorized_keys`, strings.Join(keys, "\n")); err != nil {
			return err
		}
	}
	if _, err := r.db1.Exec(ctx, `set -e
runuser -u postgres -- createuser -s repmgr
runuser -u postgres -- createdb repmgr -O repmgr
runuser -u postgres -- repmgr -f /etc/repmgr.conf primary register`); err != nil {
		return err
	}
	if _, err := r.db2.Exec(ctx, `set -e
unit=$(systemctl list-units --plain --no-legend 'postgresql@*' | awk '{print $1; exit}')
data=$(runuser -u postgres -- psql -XAtc 'SHOW data_directory')
systemctl stop "$unit"
rm -rf "$data"
runuser -u postgres -- repmgr -f /etc/repmgr.conf -h "$1" -U repmgr -d repmgr standby clone --fast-checkpoint
systemctl start "$unit"
runuser -u postgres -- repmgr -f /etc/repmgr.conf standby register`, r.db1.Internal.String()); err != nil {
		return err
	}
	return r.streams(ctx, r.db1)
}

func (r repmgr) switchover(ctx context.Context, to *lab.Server) error {
	if _, err := to.Exec(ctx, "cd /; runuser -u postgres -- repmgr -f /etc/repmgr.conf standby switchover"); err != nil {
		return err
	}
	return r.streams(ctx, to)
}

// streams waits until the primary has its standby.
func (r repmgr) streams(ctx context.Context, primary *lab.Server) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		n, err := primary.PSQL(ctx, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
		if err == nil && n == "1" {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s has no standby: %q: %w", primary.Name, n, ctx.Err())
		}
	}
}

// repmgrSetUp prepares one server and prints its key. $1: number of the node; $2: its name; $3: its address; then those of both.
const repmgrSetUp = `set -e
conf=$(runuser -u postgres -- psql -XAtc 'SHOW config_file'); conf=${conf%/*}
data=$(runuser -u postgres -- psql -XAtc 'SHOW data_directory')
version=$(ls /usr/lib/postgresql | sort -V | tail -n 1)
unit=postgresql@$version-main
printf "shared_preload_libraries = 'repmgr'\nwal_log_hints = on\n" >"$conf/conf.d/repmgr.conf"
for address in "$4" "$5"; do
  printf 'host repmgr      repmgr %s/32 trust\nhost replication repmgr %s/32 trust\n' "$address" "$address"
done >>"$conf/pg_hba.conf"
cat >/etc/repmgr.conf <<-END
node_id=$1
node_name='$2'
conninfo='host=$3 user=repmgr dbname=repmgr connect_timeout=2'
data_directory='$data'
pg_bindir='/usr/lib/postgresql/$version/bin'
ssh_options='-q -o ConnectTimeout=10 -o StrictHostKeyChecking=no'
use_replication_slots=yes
service_start_command='sudo systemctl start $unit'
service_stop_command='sudo systemctl stop $unit'
service_restart_command='sudo systemctl restart $unit'
service_reload_command='sudo systemctl reload $unit'
END
echo 'postgres ALL=(root) NOPASSWD: /usr/bin/systemctl' >/etc/sudoers.d/repmgr
systemctl restart "$unit"
rm -rf ~postgres/.ssh
runuser -u postgres -- mkdir -m 700 ~postgres/.ssh
runuser -u postgres -- ssh-keygen -q -t ed25519 -N '' -f ~postgres/.ssh/id_ed25519
cat ~postgres/.ssh/id_ed25519.pub`
