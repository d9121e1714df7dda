# Starts an instance on a restored folder that no other one notices, reads all that it has, and prints what it found. $1
# folder, $2 bin folder.
set -eu
new=$1 bin=$2
sockets=$(mktemp -d /tmp/belt-XXXXXX)
trap '"$bin/pg_ctl" -D "$new" -m immediate -w stop >/dev/null 2>&1 || :; rm -rf "$sockets"' EXIT
trap 'exit 1' HUP INT TERM
# Its own files only: Debian keeps those of an instance outside of its data folder.
cat >"$new/belt.conf" <<END
data_directory = '$new'
hba_file = '$new/belt_hba.conf'
ident_file = '$new/belt_ident.conf'
END
echo 'local all all trust' >"$new/belt_hba.conf"
: >"$new/belt_ident.conf"
mv -f "$new/postgresql.auto.conf" "$new/postgresql.auto.conf.belt" 2>/dev/null || :
: >"$new/postgresql.auto.conf"
progress 0 0 'starting an instance on it'
"$bin/pg_ctl" -D "$new" -w -t 3600 -l "$new/belt.log" -o "-c config_file=$new/belt.conf -c listen_addresses='' -c port=5432 \
	-c unix_socket_directories=$sockets -c archive_mode=off -c autovacuum=off -c fsync=off -c logging_collector=off -c wal_level=replica \
	-c max_wal_senders=0 -c shared_buffers=64MB -c hot_standby=off" start >/dev/null || { tail -n 10 "$new/belt.log" >&2; exit 1; }
sql() { "$bin/psql" -X -q -At -w -v ON_ERROR_STOP=1 -h "$sockets" -p 5432 -d "$1" -c "$2"; }
# "ready" in its file comes a moment before the first connection is let in.
tries=0
until version=$(sql postgres 'SHOW server_version' 2>"$sockets/why") && [ -n "$version" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || { cat "$sockets/why" >&2; exit 1; }
	sleep 0.1
done
echo "version=$version"
databases=$(sql postgres 'SELECT count(*) FROM pg_database WHERE datallowconn')
echo "databases=$databases"
tables=0
progress 0 0 'reading every row'
sql postgres "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template0' ORDER BY 1" >"$sockets/databases"
while read -r db; do
	n=$(sql "$db" "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'")
	tables=$((tables + n))
	# Reads every row of every table; an index that is wrong shows with amcheck.
	"$bin/pg_dump" -h "$sockets" -p 5432 -w --data-only -f /dev/null "$db"
done <"$sockets/databases"
echo "tables=$tables"
if [ -x "$bin/pg_amcheck" ]; then
	progress 0 0 'checking tables and indexes'
	if "$bin/pg_amcheck" -h "$sockets" -p 5432 -w --all --install-missing >"$sockets/amcheck" 2>&1; then
		echo "amcheck=passed"
	elif grep -q 'extension "amcheck" is not available\|could not open extension control file' "$sockets/amcheck"; then
		echo "amcheck=not installed"
	else
		tail -n 10 "$sockets/amcheck" >&2
		exit 1
	fi
fi
"$bin/pg_ctl" -D "$new" -m fast -w stop >/dev/null
