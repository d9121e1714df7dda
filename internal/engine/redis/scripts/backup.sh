# Has the instance write a snapshot and streams it to stdout. Follows conf.sh and login.sh. $1 client, $2 configuration, $3
# socket or empty, $4 host, $5 port, $6 tls or plain, $7 authority, $8 certificate, $9 key, then the snapshot's file and the
# names of BGSAVE and INFO here. The command that logs in is in $BELT_FILES/login, empty to find it in the configuration.
set -u
REDISCLI_RCFILE=/dev/null VALKEYCLI_RCFILE=/dev/null
export REDISCLI_RCFILE VALKEYCLI_RCFILE
client=$1 conf=$2 socket=$3 host=$4 port=$5 tls=$6 authority=$7 cert=$8 key=$9
shift 9
file=$1 bgsave=$2 info=$3
if [ -n "$socket" ]; then
	set -- -s "$socket"
elif [ "$tls" = tls ]; then
	set -- -h "$host" -p "$port" --tls ${authority:+--cacert "$authority"} ${cert:+--cert "$cert"} ${key:+--key "$key"}
else
	set -- -h "$host" -p "$port"
fi
auth=$(cat "$BELT_FILES/login" 2>/dev/null)
[ -n "$auth" ] || auth=$(login "$conf")
say() {
	words=$1
	shift
	{
		[ -z "$auth" ] || printf '%s\n' "$auth"
		printf '%s\n' "$words"
	} | "$client" "$@" 2>&1 | tr -d '\r'
}
persistence() { say "$info persistence" "$@"; }
idle() { # waits until no snapshot is being written
	while :; do
		now=$(persistence "$@")
		case $now in
		*rdb_bgsave_in_progress:0*aof_rewrite_in_progress:0*) return 0 ;;
		*rdb_bgsave_in_progress:*) sleep 0.2 ;;
		*) echo "it does not answer: $now" >&2; return 1 ;;
		esac
	done
}
inode() { stat -c '%i %Y' "$file" 2>/dev/null; }
idle "$@" || exit
before=$(inode)
answer=$(say "$bgsave" "$@")
case $answer in *started* | *scheduled*) ;; *) echo "no snapshot was begun: $answer" >&2; exit 1 ;; esac
idle "$@" || exit
case $(persistence "$@") in *rdb_last_bgsave_status:ok*) ;; *) echo "the snapshot could not be written: the log of the server says why" >&2; exit 1 ;; esac
# The open file stays the one that was written, whatever is saved next.
exec 3<"$file" || exit
[ "$(inode)" != "$before" ] || { echo "$file is not the snapshot that was written" >&2; exit 1; }
say "$info replication" "$@" | sed -n 's/^master_repl_offset:\([0-9]*\).*/\1/p' >position
exec cat <&3
