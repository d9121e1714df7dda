# What Belt itself noted here, and what its runs left. $1 the instance, "postgresql-5432", $2 its data folder.
notes() {
	put unfinished "$(cat "/var/lib/belt/state/$1.run" 2>/dev/null)"
	for note in "/var/lib/belt/state/$1".begun.*; do
		[ -r "$note" ] && put begun "$(cat "$note")"
	done
	put saved "$(cat "/var/lib/belt/state/$1.settings" 2>/dev/null)"
	put written "$(cat "/var/lib/belt/state/$1.replica" 2>/dev/null)"
	for record in "$2".belt-old-*.json; do
		[ -r "$record" ] && put kept "$(cat "$record")"
	done
	[ -e "$2.belt-new" ] && put new yes
	# A copy runs as a job of this name, or arrives as a stream (see package transfer).
	for copying in "/var/lib/belt/jobs/seed.$1" "/var/lib/belt/jobs/seed.$1.receive"; do
		if [ -e "$copying/running" ] && read -r job _ 2>/dev/null <"$copying/pid" && [ -d "/proc/$job" ]; then
			put seeding "$(tail -n 1 "$copying/work/progress" 2>/dev/null)"
			put seeding_now yes
		fi
	done
}

