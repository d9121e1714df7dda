# switch.sh FILE IDENTITY STAGED DIR KEY LIMIT [APPLY]: puts the staged file in the place of FILE as soon as stdin says go,
# provided that both are still what they were; removes FILE where STAGED is absent. Appends the first line of stdin to the
# history, and runs APPLY.
#
# It says "ready" when it waits for the word, "switched" as soon as that is so, "hash HASH" of what is there now,
# "unwritten REASON" when the history takes no line, and at the end "applied CODE" with what APPLY printed.
set -eu
f=$(real "$1") dir=$4 owed=$4/env-owed/$5 limit=$6 apply=${7-}
new=$f.belt-new
forget=
happened() {
	if [ "$3" = absent ]; then [ ! -e "$f" ]; else [ "$(identity "$new")" != "$3" ]; fi
}
back() {
	if happened "$@"; then return; fi # the end came between the rename and this line, or another run has staged
	rm -f -- "$new"
	[ -z "$forget" ] || rm -f -- "$forget"
}
trap 'back "$@"' EXIT
trap 'exit 1' HUP INT TERM
IFS= read -r line
if [ -n "$apply" ] && [ ! -e "$owed" ]; then # remembered until it was run, whatever happens to this run
	forget=$owed
	mkdir -p "$dir/env-owed"
	printf '%s\n' "$f" >"$owed"
	sync -- "$owed"
fi
want=$(printf '%s\n%s\n' "$3" "$2" | grep -v '^absent$' || true)
echo ready
read -r word && [ "$word" = go ] || fail "the word to switch did not come"
# from here to the rename as little as can be: all servers do this at once, and some share a machine
if [ "$(identities "$new" "$f")" != "$want" ]; then
	[ "$(identity "$new")" = "$3" ] || fail "$new is no longer what was staged: another run is at work"
	fail "$f was changed by somebody else at this very moment"
fi
if [ "$3" = absent ]; then rm -f -- "$f"; else mv -f -- "$new" "$f"; fi
echo switched
trap - EXIT
hash=absent
[ "$3" = absent ] || hash=$(sha256sum <"$f" | cut -d' ' -f1)
echo "hash $hash"
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
