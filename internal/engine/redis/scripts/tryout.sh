# Starts a server on a snapshot, on nothing but a socket of its own, and prints what it has. $1 folder, $2 program, $3 client,
# $4 owner, $5 the snapshot's name, $6 number of databases.
set -u
dir=$(mktemp -d /tmp/belt-XXXXXX) || exit
child=
trap 'if [ -n "$child" ]; then kill -9 "$child" 2>/dev/null; wait "$child" 2>/dev/null; fi; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
chown "$4" "$dir"
REDISCLI_RCFILE=/dev/null VALKEYCLI_RCFILE=/dev/null
export REDISCLI_RCFILE VALKEYCLI_RCFILE
progress 0 0 'loading every key'
setpriv --reuid "$4" --regid "$(id -gn "$4")" --init-groups --no-new-privs \
	"$2" --port 0 --unixsocket "$dir/socket" --unixsocketperm 700 --dir "$1" --dbfilename "$5" --databases "$6" --daemonize no \
	--save '' --appendonly no --pidfile "$dir/pid" --logfile "$dir/log" >"$dir/out" 2>&1 &
child=$!
until answer=$("$3" -s "$dir/socket" INFO persistence 2>/dev/null) && case $answer in *loading:0*) true ;; *) false ;; esac; do
	if ! kill -0 "$child" 2>/dev/null; then
		cat "$dir/out" "$dir/log" 2>/dev/null | grep -v '^$' | tail -n 5 >&2
		exit 1
	fi
	sleep 0.1
done
server=$("$3" -s "$dir/socket" INFO server) && keyspace=$("$3" -s "$dir/socket" INFO keyspace) || exit
echo "version=$(echo "$server" | tr -d '\r' | sed -n 's/^\(redis\|valkey\)_version://p' | tail -n 1)"
echo "databases=$(echo "$keyspace" | grep -c '^db')"
echo "keys=$(echo "$keyspace" | tr -d '\r' | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{n += $1} END {print n + 0}')"
