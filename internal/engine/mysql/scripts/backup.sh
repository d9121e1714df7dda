# Streams a backup of the running server to stdout. $1 socket, $2 threads. The admin account, if there is one, comes in the
# file admin.cnf; without it, it is root through the socket.
set -eu
if [ -e "$BELT_FILES/admin.cnf" ]; then
	set -- "$1" "$2" "--defaults-extra-file=$BELT_FILES/admin.cnf"
else
	set -- "$1" "$2" --user=root
fi
socket=$1 threads=$2
shift 2
mkdir -p backup extra
code=0
# Its log of changes is read 20 times a second instead of once: what is left to read under the lock at the end is less.
mariadb-backup "$@" --backup --stream=xbstream --parallel="$threads" --socket="$socket" --target-dir="$PWD/backup" \
	--extra-lsndir="$PWD/extra" --log-copy-interval=50 2>backup.log || code=$?
if [ "$code" != 0 ] || ! tail -n 1 backup.log | grep -q 'completed OK!'; then
	grep -vE '^\[[0-9]{2}\]|>> log scanned' backup.log | tail -n 10 >&2
	echo "mariadb-backup did not complete (exit code $code)" >&2
	exit 1
fi
# "filename 'x', position '5', GTID of the last change '0-1-2'", in a file that is also in the stream.
sed -n "s/^binlog_pos = .*GTID of the last change '\([^']*\)'.*/\1/p" extra/*_info >position 2>/dev/null || :
[ -s position ] || sed -n "s/^binlog_pos = *//p" extra/*_info >position 2>/dev/null || :
