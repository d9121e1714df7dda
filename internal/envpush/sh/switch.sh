# switch.sh FILE IDENTITY STAGED DIR KEY LIMIT [APPLY]: puts the staged file in the place of FILE, provided that both are
# still what they were; removes FILE where STAGED is absent. Appends the line on stdin to the history, and runs APPLY.
#
# It says "switched HASH" at once, "unwritten REASON" when the history takes no line, and at the end "applied CODE" with
# what APPLY printed.
set -eu
f=$(real "$1") dir=$4 owed=$4/env-owed/$5 limit=$6 apply=${7-}
new=$f.belt-new
line=$(cat)
[ "$(identity "$new")" = "$3" ] || fail "$new is no longer what was staged: another run is at work"
trap 'rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT TERM
[ "$(identity "$f")" = "$2" ] || fail "$f was changed by somebody else at this very moment"
forget=
if [ -n "$apply" ] && [ ! -e "$owed" ]; then # remembered until it was run, whatever happens to this run
	forget=$owed
	mkdir -p "$dir/env-owed"
	printf '%s\n' "$f" >"$owed"
	sync -- "$owed"
fi
hash=absent
if [ "$3" = absent ]; then rm -f -- "$f"; else mv -f -- "$new" "$f"; fi || {
	[ -z "$forget" ] || rm -f "$forget"
	exit 1
}
trap - EXIT
[ "$3" = absent ] || hash=$(sha256sum <"$f" | cut -d' ' -f1)
echo "switched $hash"
sync -- "$(dirname -- "$f")" 2>/dev/null || sync

record() {
	mkdir -p "$dir"
	exec 9>>"$dir/env.lock"
	flock -w 30 9
	history=$dir/env.jsonl
	# an append that a full disk cut short has no end of line
	if [ -s "$history" ] && [ -n "$(tail -c 1 "$history")" ]; then echo >>"$history"; fi
	printf '%s\n' "$line" >>"$history"
	if [ "$(stat -c %s "$history")" -gt "$limit" ]; then
		tail -c $((limit / 2)) "$history" | tail -n +2 >"$history.new"
		mv -f "$history.new" "$history"
	fi
	exec 9>&-
}
set +e
why=$( (set -e; record) 2>&1)
[ $? -eq 0 ] || echo "unwritten $(echo "$why" | tail -n 1)"
[ -z "$apply" ] || run_apply
