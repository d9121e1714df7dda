# Makes a new data folder of SQL from stdin, with a server of its own that nobody else reaches. $1 new folder, $2 server
# program, $3 owner, $4 client, $5 upgrade: the SQL is from a server of an older version, $6 the data folder in
# use. Begins anew each time. Follows own.sh.
set -eu
new=$1 program=$2 owner=$3 client=$4 upgrade=$5 data=$6
rm -f "$new.complete"
find "$new" -mindepth 1 -delete
fail() {
	echo "$1" >&2
	[ -z "${2:-}" ] || cat "$2" "$new/belt.err" 2>/dev/null | grep -E '\[ERROR\]' | tail -n 5 >&2
	exit 1
}
free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
memory=$((free / 4096))
[ "$memory" -le 8192 ] || memory=8192
[ "$memory" -ge 128 ] || memory=128
# The server's own options count, as for the server that is to use the data; but not what makes it a replica, or lets
# others in. What it writes is worth nothing before it is whole, so that a crash need not be survived. Its log is a file:
# to the option, "stderr" is but the name of one, stderr.err (seen with 9.7.4).
run() { # $1 exec|command: in the place of the shell that calls it, or in a process of its own
	how=$1
	shift
	"$how" "$program" --datadir="$new" --user="$owner" --socket="$new/belt.sock" --pid-file="$new/belt.pid" --log-error="$new/belt.err" \
		--skip-networking --loose-mysqlx=OFF --skip-log-bin --gtid-mode=ON --enforce-gtid-consistency=ON --read-only=OFF --super-read-only=OFF \
		--event-scheduler=OFF --general-log=OFF --slow-query-log=OFF --max-allowed-packet=1G \
		--loose-sql-require-primary-key=OFF --loose-sql-generate-invisible-primary-key=OFF --require-secure-transport=OFF \
		--loose-innodb-dedicated-server=OFF --innodb-buffer-pool-size="${memory}M" --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF "$@"
}
pid=
start() {
	: >"$new/belt.err" # that of an earlier start says that it is ready
	chown "$owner:" "$new/belt.err"
	run exec "$@" >server.log 2>&1 </dev/null &
	pid=$!
	until grep -q ' ready for connections' "$new/belt.err"; do
		kill -0 "$pid" 2>/dev/null || fail 'the server for the new data did not start' server.log
		sleep 0.2
	done
}
stop() {
	kill "$pid"
	code=0
	wait "$pid" || code=$?
	pid=
	[ "$code" = 0 ] || fail "the server for the new data did not end well (exit code $code)" server.log
}
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :' EXIT
sql() { "$client" --no-defaults --user=root --protocol=socket --socket="$new/belt.sock" --default-character-set=utf8mb4 --max-allowed-packet=1G --batch --raw --skip-column-names "$@"; }

run command --initialize-insecure >init.log 2>&1 </dev/null || fail 'the new data folder could not be made' init.log
start
# The position is asked for in the same session: another would have to log in with the accounts that came.
{ cat && printf '\nSELECT @@GLOBAL.gtid_executed;\n'; } | sql --binary-mode --comments >said
[ -n "$(tr -d '[:space:]' <said)" ] || fail 'the copy has no position: the dump ended before it'
stop
if [ "$upgrade" = upgrade ]; then
	start --upgrade=FORCE
	stop
fi
[ -s "$new/mysql.ibd" ] || fail 'the new data folder has no mysql.ibd'
rm -f "$new/belt.sock" "$new/belt.sock.lock" "$new/belt.pid" "$new/belt.err"
own "$data" "$new"
chown -R "$owner:" "$new"
sync -f "$new"
: >"$new.complete"
