# What a server says of itself and of one PostgreSQL instance. Reads only.
# $1 port, $2 data folder, $3 config folder, $4 systemd unit (each may be empty), $5 glance|survey; SQL on stdin.
# Runs behind the shared part about the host; prints name=value lines; the instance's own answers follow as json=… lines.
set -u
cd /
# The candidates: Debian's clusters, then any running postmaster that is not one of them.
alive() { # $1 data folder: prints the postmaster's pid when it runs
	pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) || return 1
	case $(cat "/proc/$pid/comm" 2>/dev/null) in postgres | postmaster) echo "$pid" ;; *) return 1 ;; esac
}
conf_value() { # $1 file, $2 name: the last value that the file itself gives
	sed -n "s/^[[:space:]]*$2[[:space:]]*[= ][[:space:]]*'\{0,1\}\([^'#]*\).*/\1/p" "$1" 2>/dev/null | tail -n 1 | sed 's/[[:space:]]*$//'
}
candidates() { # version|cluster|config folder|data folder|port
	for conf in /etc/postgresql/*/*/postgresql.conf; do
		[ -r "$conf" ] || continue
		dir=${conf%/postgresql.conf}
		cluster=${dir##*/}
		version=${dir%/*}
		version=${version##*/}
		data=$(conf_value "$conf" data_directory)
		port=$(sed -n 4p "$data/postmaster.pid" 2>/dev/null)
		[ -n "$port" ] || port=$(conf_value "$conf" port)
		echo "$version|$cluster|$dir|${data:-/var/lib/postgresql/$version/$cluster}|${port:-5432}"
	done
	for pid in $(pgrep -x 'postgres|postmaster' 2>/dev/null); do
		# A container may keep even root from another process's folder; then its command line tells.
		data=$(readlink "/proc/$pid/cwd" || tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n '/^-D$/{n;p;}; s/^-D\(..*\)/\1/p' | head -n 1)
		[ -n "$data" ] || continue
		[ "$(head -n 1 "$data/postmaster.pid" 2>/dev/null)" = "$pid" ] || continue
		grep -qs "^[[:space:]]*data_directory.*'$data'" /etc/postgresql/*/*/postgresql.conf && continue
		echo "$(cat "$data/PG_VERSION")||$data|$data|$(sed -n 4p "$data/postmaster.pid")"
	done
	if [ -n "$2" ] && [ -r "$2/postgresql.conf" ] && ! alive "$2" >/dev/null; then
		echo "$(cat "$2/PG_VERSION")||$2|$2|$(conf_value "$2/postgresql.conf" port)"
	fi
}
all=$(candidates "$@" | sort -u)
chosen=$(echo "$all" | awk -F'|' -v port="$1" -v data="$2" -v conf="$3" -v unit="$4" '
	NF == 5 && (port == "" || $5 == port) && (data == "" || $4 == data) && (conf == "" || $3 == conf) &&
	(unit == "" || $2 == "" || index(unit, $1 "-" $2) > 0)')
if [ "$(echo "$chosen" | grep -c .)" -gt 1 ]; then
	standard=$(echo "$chosen" | awk -F'|' '$5 == 5432')
	[ "$(echo "$standard" | grep -c .)" = 1 ] && chosen=$standard
fi
case $(echo "$chosen" | grep -c .) in
0)
	command -v psql >/dev/null 2>&1 && put client yes
	[ -n "$all" ] && put problem "no PostgreSQL instance fits the inventory; there is: $(echo "$all" | awk -F'|' '{print $1 "/" $2 " on port " $5}' | one_line)"
	exit 0
	;;
1) ;;
*)
	put problem "several PostgreSQL instances, say which by port: $(echo "$chosen" | awk -F'|' '{print $1 "/" $2 " on port " $5}' | one_line)"
	exit 0
	;;
esac

IFS='|' read -r version cluster config data port <<-END
	$chosen
END
real=$(readlink -f "$data")
put installed yes
put version "$version"
put cluster "$cluster"
put config_dir "$config"
put data_dir "${real:-$data}"
put port "$port"
data=${real:-$data}
owner=$(stat -c %U "$data" 2>/dev/null)
put owner "${owner:-postgres}"
pid=$(alive "$data") && put alive yes
bin=/usr/lib/postgresql/$version/bin
[ -n "$pid" ] && [ ! -x "$bin/postgres" ] && bin=$(dirname "$(readlink "/proc/$pid/exe")")
[ -x "$bin/postgres" ] || bin=/usr/pgsql-$version/bin
put bin_dir "$bin"
put missing "$(for tool in psql pg_basebackup pg_verifybackup pg_rewind pg_controldata; do [ -x "$bin/$tool" ] || echo "$tool"; done | one_line)"
unit=$4
[ -z "$unit" ] && [ -n "$cluster" ] && unit=postgresql@$version-$cluster.service
[ -z "$unit" ] && [ -n "$pid" ] && unit=$(sed -n 's/.*\/\([^/]*\.service\)$/\1/p' "/proc/$pid/cgroup" | head -n 1)
put service "$unit"
control=$("$bin/pg_controldata" -D "$data" 2>/dev/null)
put control "$(echo "$control" | sed -n 's/^Database cluster state: *//p')"
put control_id "$(echo "$control" | sed -n 's/^Database system identifier: *//p')"
put control_lsn "$(echo "$control" | sed -n 's/^Minimum recovery ending location: *//p; s/^Latest checkpoint location: *//p' | grep -v '^0/0$' | sort | tail -n 1)"
echo "$control" | grep -qE '^wal_log_hints setting: *on|^Data page checksum version: *[1-9]' && put rewind_safe yes
[ -e "$data/standby.signal" ] && put standby_signal yes
auto=$data/postgresql.auto.conf
put conninfo "$(sed -n "s/^primary_conninfo *= *//p" "$auto" 2>/dev/null | tail -n 1)"

notes "postgresql-$port" "$data"

if [ "$5" = survey ]; then
	put free "$(df -PB1 "$(dirname "$data")" | awk 'NR == 2 {print $4}')"
	put wal_free "$(df -PB1 "$data/pg_wal" 2>/dev/null | awk 'NR == 2 {print $4}')"
	put used "$(du -sLB1 "$data" 2>/dev/null | cut -f1)"
	mountpoint -q "$data" && put mount yes
	# Where the WAL of a server ends that was killed: what a replica has not of it is lost when that takes over.
	case $pid$control in
	*'state:'*'in production'*)
		[ -n "$pid" ] || put wal_end "$(timeout 20 "$bin/pg_waldump" -p "$data/pg_wal" \
			-t "$(echo "$control" | sed -n "s/^Latest checkpoint's TimeLineID: *//p")" \
			-s "$(echo "$control" | sed -n "s/^Latest checkpoint's REDO location: *//p")" 2>&1 >/dev/null |
			grep -oE '[0-9A-F]+/[0-9A-F]+' | tail -n 1)"
		;;
	*'state:'*' shut down'*) [ -n "$pid" ] || put wal_end "$(echo "$control" | sed -n 's/^Latest checkpoint location: *//p')" ;;
	esac
fi

if [ "$(id -un)" = "$owner" ]; then become=; else become="runuser -u $owner --"; fi
if [ -z "$pid" ]; then
	put problem "PostgreSQL $version${cluster:+/$cluster} is not running"
	for name in unix_socket_directories listen_addresses hba_file max_connections max_worker_processes max_wal_senders \
		max_prepared_transactions max_locks_per_transaction; do
		value=$($become "$bin/postgres" -D "$config" -C "$name" 2>/dev/null) || continue
		put "setting.$name" "$value"
		[ "$name" = unix_socket_directories ] && put socket_dir "$value"
		[ "$name" = hba_file ] && grep -vE '^[[:space:]]*(#|$)' "$value" 2>/dev/null | sed 's/^/rule=/'
	done
	exit 0
fi
socket=$(sed -n 5p "$data/postmaster.pid")
put socket_dir "$socket"
if ! [ -x "$bin/psql" ]; then
	put problem "no psql in $bin"
	exit 0
fi
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
[ -z "${PGPASSFILE:-}" ] || chown "$owner" "$PGPASSFILE"
# shellcheck disable=SC2086
PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=60s' $become "$bin/psql" -X -q -At -w -v ON_ERROR_STOP=1 \
	-v depth="$5" -d "dbname=postgres host=${socket:-localhost} port=$port application_name=belt connect_timeout=10" 2>"$errors" ||
	put problem "$(one_line <"$errors")"
