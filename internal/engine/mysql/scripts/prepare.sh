# Makes an unpacked backup a data folder, and writes it to disk. $1 new folder, $2 its owner, $3 the file with the position,
# $4 the data folder in use. What cannot be prepared twice is not begun twice.
set -eu
new=$1 owner=$2 position=$3 data=$4
[ ! -e "$new.complete" ] || exit 0
fail() {
	echo "$*" >&2
	exit 1
}
for name in "$position" "${position%binlog_info}checkpoints"; do
	[ -s "$new/$name" ] || fail "the copy has no $name: it is not whole"
done
free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
memory=$((free / 2048))
[ "$memory" -le 8192 ] || memory=8192
[ "$memory" -ge 96 ] || memory=96
progress 0 0 "preparing the copy with $memory MB of memory"
code=0
mariadb-backup --prepare --target-dir="$new" --use-memory="${memory}M" 2>prepare.log || code=$?
if [ "$code" != 0 ] || ! tail -n 1 prepare.log | grep -q 'completed OK!'; then
	tail -n 10 prepare.log >&2
	fail "mariadb-backup could not prepare the copy (exit code $code)"
fi
grep -q '^backup_type *= *full-prepared\|^backup_type *= *log-applied' "$new/${position%binlog_info}checkpoints" || fail "the copy is not prepared: $(head -n 1 "$new/${position%binlog_info}checkpoints")"
# Debian's unit looks at the flags to see whether the data is from an older version; certificates are the server's own.
for file in "$data"/debian-*.flag "$data"/mysql_upgrade_info "$data"/mariadb_upgrade_info "$data"/*.pem; do
	[ ! -e "$file" ] || cp -p "$file" "$new/"
done
progress 0 0 'writing the copy to disk'
chown -R "$owner:" "$new"
sync -f "$new"
: >"$new.complete"
