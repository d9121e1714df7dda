# The folders of a database's backups, each with its manifest in one line. Reads only. $1 the folder.
[ -d "$1" ] || exit 0
for d in "$1"/*/; do
	[ -d "$d" ] || continue
	id=$(basename "$d")
	case $id in *[!0-9tz]*) continue ;; esac
	echo "$id $(tr -d '\n' <"${d}manifest.json" 2>/dev/null)"
done
