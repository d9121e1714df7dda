# list.sh BASE: prints a line for every job: id, state, when it was started, progress, title; with tabs between.
for dir in "$1"/jobs/*/; do
	dir=${dir%/}
	[ -s "$dir/started" ] || continue
	printf '%s\t%s\t%s\t%s\t%s\n' "${dir##*/}" "$(state "$dir")" "$(cat "$dir/started")" "$(progress "$dir")" "$(cat "$dir/title")"
done
