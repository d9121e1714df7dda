# Copies the primary's data into a new folder, writes it to disk and checks it against its manifest.
# $1 folder of the programs, $2 new folder, $3 connection string, $4 slot, $5 bytes a second or 0; then OLD=NEW for each
# tablespace. Started again after a failure it begins anew: pg_basebackup cannot go on where it stopped.
set -eu
bin=$1 new=$2 conninfo=$3 slot=$4 rate=$5
shift 5
rm -f "$new.complete"
find "$new" -mindepth 1 -delete
for mapping in "$@"; do
	find "${mapping#*=}" -mindepth 1 -delete
	set -- "$@" "--tablespace-mapping=$mapping"
	shift
done
[ "$rate" = 0 ] || set -- "$@" "--max-rate=$((rate / 1024))k"

# kilobytes reads what pg_basebackup says, and prints what is there and what there is, as it said last.
kilobytes() { tr '\r' '\n' | sed -n 's#^ *\([0-9][0-9]*\)/\([0-9][0-9]*\) kB.*#\1 \2#p' | tail -n 1; }
watch() {
	while :; do
		last=$(tail -c 400 basebackup.log 2>/dev/null | tr '\r' '\n')
		case $last in
		*waiting\ for\ checkpoint*) note='waiting for the checkpoint of the primary' ;;
		*) note= ;;
		esac
		kb=$(printf '%s\n' "$last" | kilobytes)
		if [ -n "$kb" ]; then
			progress $((${kb% *} * 1024)) $((${kb#* } * 1024)) ""
		elif [ -n "$note" ]; then
			progress 0 0 "$note"
		fi
		sleep 0.5
	done
}
watch &
watcher=$!
code=0
"$bin/pg_basebackup" --pgdata="$new" --dbname="$conninfo" --no-password --wal-method=stream --slot="$slot" \
	--checkpoint=fast --no-sync --progress --verbose "$@" 2>basebackup.log || code=$?
kill "$watcher" 2>/dev/null || :
wait "$watcher" 2>/dev/null || :
if [ "$code" != 0 ]; then
	tr '\r' '\n' <basebackup.log | grep -v ' kB (' | tail -n 10 >&2
	exit "$code"
fi

# Reading back for the check and writing out go side by side.
kb=$(kilobytes <basebackup.log)
: "${kb:=0 0}"
progress $((${kb% *} * 1024)) $((${kb% *} * 1024)) 'checking the copy against its manifest'
sync -f "$new" &
"$bin/pg_verifybackup" --quiet "$new"
wait "$!"
for mapping in "$@"; do
	case $mapping in --tablespace-mapping=*) sync -f "${mapping##*=}" ;; esac
done
: >"$new.complete"
