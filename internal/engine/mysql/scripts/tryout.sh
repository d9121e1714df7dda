# Starts a server on a restored folder that no other one notices, checks every table, and prints what it has. $1 folder, $2
# program, $3 client, $4 owner, then options of the server.
set -u
new=$1 program=$2 client=$3 owner=$4
shift 4
dir=$(mktemp -d /tmp/belt-XXXXXX) || exit
child=
trap 'if [ -n "$child" ]; then kill -9 "$child" 2>/dev/null; wait "$child" 2>/dev/null; fi; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
chown "$owner" "$dir"
chown -R "$owner:" "$new"
progress 0 0 'starting a server on it'
"$program" --no-defaults --datadir="$new" --user="$owner" --socket="$dir/socket" --pid-file="$dir/pid" --tmpdir="$dir" --skip-networking \
	--skip-grant-tables --skip-log-bin --log-error="$dir/log" --innodb-buffer-pool-size=64M "$@" >"$dir/out" 2>&1 &
child=$!
sql() { "$client" --no-defaults --protocol=socket --socket="$dir/socket" --batch --raw --skip-column-names -e "$1"; }
until sql 'SELECT 1' >/dev/null 2>&1; do
	if ! kill -0 "$child" 2>/dev/null; then
		cat "$dir/out" "$dir/log" 2>/dev/null | grep -iE 'error|assert|corrupt' | tail -n 5 >&2
		echo 'a server does not start on it' >&2
		exit 1
	fi
	sleep 0.2
done
version=$(sql 'SELECT VERSION()') || exit
echo "version=$version"
databases=$(sql "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')") || exit
echo "databases=$databases"
sql "SELECT CONCAT('\`', REPLACE(table_schema, '\`', '\`\`'), '\`.\`', REPLACE(table_name, '\`', '\`\`'), '\`') FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('information_schema', 'performance_schema', 'sys')" >"$dir/tables" || exit
progress 0 0 'checking every table'
n=0
while read -r table; do
	said=$(sql "CHECK TABLE $table") || exit
	# Table, operation, kind of message, message: a table may be called errors.
	bad=$(printf '%s\n' "$said" | awk -F'\t' 'tolower($3) == "error" || tolower($4) ~ /corrupt/')
	if [ -n "$bad" ]; then
		printf '%s\n' "$bad" >&2
		exit 1
	fi
	n=$((n + 1))
done <"$dir/tables"
echo "tables=$n"
