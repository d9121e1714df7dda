# Puts lines into pg_hba.conf for one replica, in front of all others since the first match counts, and takes out those
# that stood there for it. $1 the file, $2 the replica's name, then the lines; none takes it out only.
set -eu
file=$(readlink -f "$1") name=$2
shift 2
new=
trap 'rm -f "$new"' EXIT
new=$(mktemp -- "$file.belt.XXXXXX") # a run that was killed may still be at it
{
	for line in "$@"; do printf '%s\n' "$line"; done
	grep -v -- "# belt:$name\$" "$file" || [ $? = 1 ]
} >"$new"
cmp -s "$new" "$file" && exit 0
chown --reference="$file" "$new"
chmod --reference="$file" "$new"
sync "$new"
mv "$new" "$file"
