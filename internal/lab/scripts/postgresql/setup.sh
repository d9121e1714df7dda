# Makes PostgreSQL on a booted new server what its spec says.
# $1: kind; $2: on|off, open to the networks $3 and $4 for user $5
# $6: password of that user, $7: its database; no password: create neither
# $8: on|off, data checksums; $9: further settings, one a line
set -eu
open=$2 internal=$3 external=$4 user=$5 password=$6 database=$7 checksums=$8 settings=$9

# As Debian's package does, but open to the app where the spec says so.
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

[ -n "$password" ] || exit 0
setpriv --reuid postgres --regid postgres --init-groups psql -X -q -v ON_ERROR_STOP=1 \
  -v "user=$user" -v "password=$password" -v "database=$database" <<'SQL'
SET password_encryption = 'scram-sha-256';
CREATE ROLE :"user" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"user";
SQL
