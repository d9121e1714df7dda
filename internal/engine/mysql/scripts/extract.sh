# Unpacks a backup's stream from stdin. $1 new folder, $2 threads. Begins anew each time.
set -eu
rm -f "$1.complete"
find "$1" -mindepth 1 -delete
exec mbstream --extract --parallel="$2" --directory="$1"
