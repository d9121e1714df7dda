# Puts the new data folder in the place of the old one, which is kept beside it.
# $1 data folder, $2 new folder, $3 folder to keep the old one in, $4 systemd unit, $5 folder of the programs, $6 system
# identifier that the copy has to have, $7 what to note about the old one, $8 its owner, $9 where to note the run, which is
# the end of $3. Goes on where it was cut.
set -eu
data=$1 new=$2 old=$3 unit=$4 bin=$5 id=$6 note=$7 owner=$8 done=$9
fail() {
	echo "$*" >&2
	exit 1
}
[ -e "$new" ] || [ ! -e "$new.complete" ] || rm -f "$new.complete"
if [ -e "$new" ]; then
	[ -e "$new.complete" ] || fail "the copy in $new is not complete"
	found=$("$bin/pg_controldata" -D "$new" | sed -n 's/^Database system identifier: *//p')
	[ "$found" = "$id" ] || fail "the copy in $new is of system $found, not of $id"
	systemctl stop "$unit"
	if pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && grep -qs postgres "/proc/$pid/comm"; then
		fail "PostgreSQL still runs in $data (process $pid) after $unit was stopped"
	fi
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
