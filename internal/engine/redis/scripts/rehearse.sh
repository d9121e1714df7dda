# Starts a second server for a moment, from the same files as the one in use and on nothing but a socket of its own, with
# an empty memory, and asks it: what it says is what the one in use would say after a restart.
# Follows conf.sh and login.sh. $1 program, $2 client, $3 configuration, $4 system user, $5 what the unit gives the program
# behind the configuration, $6 a further file that is to be included, or empty. The input is a command that logs in, or an
# empty line, and then the commands to ask.
set -u
cd /
program=$1 client=$2 conf=$3 owner=$4 extra=$5 more=$6
dir=$(mktemp -d) || exit
REDISCLI_RCFILE=/dev/null VALKEYCLI_RCFILE=/dev/null
export REDISCLI_RCFILE VALKEYCLI_RCFILE
child=
trap 'if [ -n "$child" ]; then kill -9 "$child" 2>/dev/null; wait "$child" 2>/dev/null; fi; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
chown "$owner" "$dir" || exit
lines=$({ directives "$conf"; [ -z "$more" ] || directives "$more"; } | tr A-Z a-z)
tls=
case $lines in *tls-port*) tls='--tls-port 0' ;; esac
# A replica must not reach its primary. Behind a line that says whom it follows, "replicaof no one" leaves it without a name to
# connect to, but not without the will: Valkey 8.1 crashes over TLS, and others call on this server.
follow=
case $lines in *replicaof*|*slaveof*) follow='--replicaof 127.0.0.1 1' ;; esac
# What stands on the command line wins over the files. The words of the unit are split as systemd splits them.
# shellcheck disable=SC2086
setpriv --reuid "$owner" --regid "$(id -gn "$owner")" --init-groups --no-new-privs \
	"$program" "$conf" $extra ${more:+--include "$more"} --daemonize no --supervised no --port 0 $tls \
	--unixsocket "$dir/socket" --unixsocketperm 700 --dir "$dir" --pidfile "$dir/pid" --logfile "$dir/log" \
	--save '' --appendonly no $follow --loglevel warning >"$dir/out" 2>&1 &
child=$!
tries=0
# The socket is there before anybody answers; a client that is refused says nothing to a script, and ends well.
until "$client" -s "$dir/socket" PING </dev/null 2>/dev/null | grep -q .; do
	tries=$((tries + 1))
	if ! kill -0 "$child" 2>/dev/null || [ "$tries" -gt 100 ]; then
		echo "a server with this configuration does not start: $(cat "$dir/out" "$dir/log" 2>/dev/null | grep -v '^$' | grep -vi 'fatal config' | tail -n 3 | tr '\n' ' ')" >&2
		exit 1
	fi
	sleep 0.05
done
IFS= read -r auth
[ -n "$auth" ] || auth=$(login "$conf")
{
	[ -z "$auth" ] || printf '%s\n' "$auth"
	exec cat
} | "$client" --csv -s "$dir/socket"
