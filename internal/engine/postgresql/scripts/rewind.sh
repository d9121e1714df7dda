# Copies a diverged data folder and rewinds the copy to the primary's history. The original stays as it is, so a rewind
# that ends half-way leaves nothing that could be started by mistake.
# $1 folder of the programs, $2 data folder, $3 new folder, $4 connection string of the primary.
# Ends with code 3 when it cannot be rewound.
set -eu
bin=$1 data=$2 new=$3 conninfo=$4
# A copy of the folder would share these with the original.
[ -z "$(ls -A "$data/pg_tblspc")" ] || { echo "$data has tablespaces" >&2; exit 3; }
[ ! -L "$data/pg_wal" ] || { echo "pg_wal in $data lies elsewhere" >&2; exit 3; }
rm -f "$new.complete"
find "$new" -mindepth 1 -delete
total=$(du -sb "$data" | cut -f1)
watch() {
	while :; do
		progress "$(du -sb "$new" 2>/dev/null | cut -f1 2>/dev/null)" "$total" 'copying the old data folder on the server'
		sleep 1
	done
}
watch &
watcher=$!
cp -a --reflink=auto "$data/." "$new/"
kill "$watcher" 2>/dev/null || :
wait "$watcher" 2>/dev/null || :

progress "$total" "$total" 'pg_rewind: dry run'
if ! "$bin/pg_rewind" --dry-run --target-pgdata="$new" --source-server="$conninfo" >dry.log 2>&1; then
	grep -v '^pg_rewind: connected' dry.log | tail -n 5 >&2
	exit 3
fi
progress 0 0 'pg_rewind: fetching what differs'
"$bin/pg_rewind" --progress --target-pgdata="$new" --source-server="$conninfo" >rewind.log 2>&1 || {
	tr '\r' '\n' <rewind.log | tail -n 5 >&2
	exit 1
}
# The rewound copy starts from the last checkpoint that both servers have. pg_rewind has replaced its WAL by the primary's,
# which may begin later; the original still has what lies between (seen on PostgreSQL 13: "requested WAL segment …
# has already been removed", for good).
first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\)).*/\1/p' "$new/backup_label" 2>/dev/null)
if [ -n "$first" ]; then
	segments() { ls "$1/pg_wal" | grep -E '^[0-9A-F]{24}$'; }
	oldest=$(segments "$new" | head -n 1)
	segments "$data" | awk -v first="$first" -v oldest="$oldest" '$0 "" >= first "" && (oldest == "" || $0 "" < oldest "")' |
		while read -r name; do cp -p "$data/pg_wal/$name" "$new/pg_wal/$name"; done
	[ -e "$new/pg_wal/$first" ] || { echo "the WAL from $first on is on neither server" >&2; exit 3; }
fi
sync -f "$new"
: >"$new.complete"
