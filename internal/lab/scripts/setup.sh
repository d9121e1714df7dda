# Makes a booted new server what its spec says, and prints its host keys.
# $1: public key that every login user accepts; $2: kind of server
# $3: on|off, PostgreSQL open to the networks $4 and $5 for user $6
# $7: password of that user, $8: its database; no password: create neither
# $9: on|off, data checksums; $10: further settings, one a line
set -eu
key=$1 kind=$2 open=$3 internal=$4 external=$5 user=$6 password=$7 database=$8 checksums=$9 settings=${10}

users() {
  for login in root deploy fishy cshy noisy nosudo asked; do
    file=$(getent passwd "$login" | cut -d: -f6)/.ssh/authorized_keys
    printf '%s\n' "$key" > "$file"
    chown "$login:" "$file"
    chmod 600 "$file"
  done
}

# As Debian's package does, but open to the app where the spec says so.
cluster() {
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
}

app_database() {
  setpriv --reuid postgres --regid postgres --init-groups psql -X -q -v ON_ERROR_STOP=1 \
    -v "user=$user" -v "password=$password" -v "database=$database" <<'SQL'
SET password_encryption = 'scram-sha-256';
CREATE ROLE :"user" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"user";
SQL
}

users
if [ "$kind" = postgresql ]; then
  cluster
  if [ -n "$password" ]; then app_database; fi
fi
cat /etc/ssh/ssh_host_*_key.pub
touch /etc/lab-is-set-up
