# Unpacks a copy of a data folder from stdin. $1 folder, $2 its owner, $3 the data folder in use.
# Follows own.sh.
set -eu
find "$1" -mindepth 1 -delete
tar -x -f - -C "$1"
[ -s "$1/mysql.ibd" ] || { echo "the archive has no mysql.ibd: it is not whole" >&2; exit 1; }
own "$3" "$1"
chown -R "$2:" "$1"
