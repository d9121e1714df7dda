# history.sh DIR LINES: prints the last lines of the history. Creates nothing.
if [ -e "$1/env.lock" ]; then
	exec 9<"$1/env.lock"
	flock -s -w 30 9 || exit 1 # not while it is cut
fi
[ ! -e "$1/env.jsonl" ] || tail -n "$2" "$1/env.jsonl"
