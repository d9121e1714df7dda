# knock.sh QUESTION: the mover comes on the input; it is there for as long as this runs.
set -eu
umask 077
for base in /var/lib /tmp /run; do
	dir=$(mktemp -d "$base/belt-knock.XXXXXX") || continue
	trap 'rm -rf "$dir"' EXIT
	trap 'exit 1' HUP INT TERM
	gzip -dc >"$dir/mover"
	chmod 0700 "$dir/mover"
	printf '%s' "$1" | "$dir/mover" mover knock
	exit
done
