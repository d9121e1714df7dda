# stop.sh BASE ID keep|remove: ends the job and all that it started; with remove, deletes its folder.
set -eu
jobs=$1/jobs dir=$1/jobs/$2
[ -d "$dir" ] || exit 0
exec 9>>"$jobs/.lock"
flock -w 60 9 || { echo "another job is being started or stopped here" >&2; exit 1; }
[ -d "$dir" ] || exit 0
[ ! -s "$dir/grace" ] || grace=$(cat "$dir/grace")
(: >"$dir/stopping") 2>/dev/null || : # no room for it: then somebody may take it for dead
halt "$dir"
rm -rf "$dir/files"
[ ! -e "$dir/running" ] || mv "$dir/running" "$dir/stopped"
rm -f "$dir/stopping"
[ "$3" = keep ] || rm -rf "$dir"
