# Creates the cluster VERSION/main as Debian's package does, and starts it.
# $1: on|off, open to the two networks $2 and $3 for the user $4
# $5: on|off, data checksums; $6: further settings, one a line
set -eu
open=$1 internal=$2 external=$3 user=$4 checksums=$5 settings=$6
version=$(ls /usr/lib/postgresql | sort -V | tail -n 1)
set -- --no-sync
case "$checksums" in
  on) set -- "$@" --data-checksums ;;
  # On by default from PostgreSQL 18 only, and unknown to older ones.
  off) [ "$version" -lt 18 ] || set -- "$@" --no-data-checksums ;;
esac
chown postgres:postgres /var/lib/postgresql
pg_createcluster --locale en_US.UTF-8 "$version" main -- "$@" >/dev/null

dir=/etc/postgresql/$version/main
{
  [ "$open" = off ] || echo "listen_addresses = '*'"
  printf '%s' "$settings"
} > "$dir/conf.d/lab.conf"
chown postgres:postgres "$dir/conf.d/lab.conf"
if [ "$open" = on ]; then
  for network in "$internal" "$external"; do
    printf 'host    all             %-15s %-23s scram-sha-256\n' "$user" "$network"
  done >> "$dir/pg_hba.conf"
fi
systemctl start "postgresql@$version-main.service"
