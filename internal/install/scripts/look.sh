# What a server that is to get a database has. Reads only; runs behind the shared part about the host.
# $1 the primary's data folder, $2 the expression of packages that are told of, $3 the note of an unfinished run, then the
# packages.
data=$1 offers=$2 note=$3
shift 3
dir=$data
while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
df -PB1 "$dir" | awk 'NR == 2 {print "disk=" $2; print "free=" $4}'
[ -e "$note" ] && put unfinished yes
put locales "$(locale -a 2>/dev/null | one_line)"
if ! command -v apt-get >/dev/null 2>&1 || ! command -v apt-cache >/dev/null 2>&1; then
	put manager none
	exit 0
fi
put manager apt
for p in "$@"; do
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$p" 2>/dev/null | sed -n 's/^installed //p')
	candidate=$(apt-cache policy "$p" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -v '^(none)$')
	versions=$(apt-cache madison "$p" 2>/dev/null | awk -F' *[|] *' '{print $2}' | one_line)
	put package "$p|$installed|$candidate|$versions"
done
[ -z "$offers" ] || put offers "$(apt-cache search --names-only "$offers" 2>/dev/null | awk '{print $1}' | sort -V | one_line)"
