# Puts the rules that came from the primary behind all others in pg_hba.conf, in place of those of an earlier run.
# $1 the file, then the lines; none takes them out only.
set -eu
file=$(readlink -f "$1")
shift
new=
trap 'rm -f "$new"' EXIT
new=$(mktemp -- "$file.belt.XXXXXX") # a run that was killed may still be at it
{
	grep -v -- '# belt-copied$' "$file" || [ $? = 1 ]
	for line in "$@"; do printf '%s\n' "$line"; done
} >"$new"
cmp -s "$new" "$file" && exit 0
chown --reference="$file" "$new"
chmod --reference="$file" "$new"
sync "$new"
mv "$new" "$file"
