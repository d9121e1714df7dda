# Copies a diverged data folder and rewinds the copy to the primary's history. The original stays as it is, so a rewind
# that ends half-way leaves nothing that could be started by mistake.
# $1 folder of the programs, $2 data folder, $3 new folder, $4 connection string of the primary.
# Ends with code 3 when the dry run says that it cannot be rewound.
set -eu
bin=$1 data=$2 new=$3 conninfo=$4
# A copy of the folder would share its tablespaces with the original.
[ -z "$(ls -A "$data/pg_tblspc")" ] || { echo "$data has tablespaces" >&2; exit 3; }
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

progress 0 0 'pg_rewind: dry run'
if ! "$bin/pg_rewind" --dry-run --target-pgdata="$new" --source-server="$conninfo" >dry.log 2>&1; then
	grep -v '^pg_rewind: connected' dry.log | tail -n 5 >&2
	exit 3
fi
progress 0 0 'pg_rewind: fetching what differs'
"$bin/pg_rewind" --progress --target-pgdata="$new" --source-server="$conninfo" >rewind.log 2>&1 || {
	tr '\r' '\n' <rewind.log | tail -n 5 >&2
	exit 1
}
sync -f "$new"
: >"$new.complete"
