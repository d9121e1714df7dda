# What has to hold before data folders are swapped. $1 folder of the programs, $2 system identifier that the copy has to have.
ready() {
	found=$("$1/pg_controldata" -D "$new" | sed -n 's/^Database system identifier: *//p')
	[ "$found" = "$2" ] || fail "the copy in $new is of system $found, not of $2"
}
stopped() {
	if pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && grep -qs postgres "/proc/$pid/comm"; then
		fail "PostgreSQL still runs in $data (process $pid) after $unit was stopped"
	fi
}
