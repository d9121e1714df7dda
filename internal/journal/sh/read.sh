# read.sh DIR: prints the log, oldest first. Creates nothing.
if [ -e "$1/log.lock" ]; then
	exec 9<"$1/log.lock"
	flock -s -w 30 9 || exit 1 # not between the two steps of a rotation
fi
for f in "$1/log.jsonl.1" "$1/log.jsonl"; do
	[ ! -e "$f" ] || cat "$f" || exit 1
done
