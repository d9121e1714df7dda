# Puts the new data folder in the place of the old one, which is kept beside it.
# $1 data folder, $2 new folder, $3 folder to keep the old one in, $4 systemd unit, $5 what to note about the old one, $6 its
# owner, $7 where to note the run, which is the end of $3. The rest is for the engine's functions: ready fails unless the
# copy in $new is what it should be, stopped fails while something still runs in $data. Goes on where it was cut.
set -eu
data=$1 new=$2 old=$3 unit=$4 note=$5 owner=$6 done=$7
shift 7
[ -e "$new" ] || [ ! -e "$new.complete" ] || rm -f "$new.complete"
if [ -e "$new" ]; then
	[ -e "$new.complete" ] || fail "the copy in $new is not complete"
	ready "$@"
	stop_unit "$unit"
	stopped "$@"
	if [ -e "$data" ] && [ -z "$(find "$data" -mindepth 1 -maxdepth 1 -print -quit)" ]; then
		rmdir "$data"
	elif [ -e "$data" ]; then
		[ ! -e "$old" ] || fail "$old is there already"
		printf '%s\n' "$note" >"$old.json.new"
		chmod 0600 "$old.json.new"
		mv "$old.json.new" "$old.json"
		mv -T "$data" "$old"
	fi
	mv -T "$new" "$data"
	rm -f "$new.complete"
fi
chown "$owner:" "$data"
if command -v restorecon >/dev/null 2>&1; then restorecon -R "$data"; fi
sync -f "$data"
printf '%s\n' "${old##*.belt-old-}" >"$done"
