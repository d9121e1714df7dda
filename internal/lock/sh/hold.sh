# hold.sh DIR NAME SILENCE: takes the lock, says "locked", and holds it while a byte comes at least every SILENCE seconds,
# answering each with a line. Silence, the input's end and the death of this process free the lock: only this server's
# clock counts. The input's first line is the owner as JSON. When another holds the lock, it says "held" and by whom.
set -eu
umask 077
lock=$1/$2.lock record=$1/$2.owner silence=$3
mkdir -p "$1"
who=$(timeout "$silence" head -n 1)
[ -n "$who" ] || exit 1

exec 9>>"$lock"
# For a moment the holder has no record yet, or somebody only looks whether the lock is free.
round=0
until flock -n 9; do
	if held=$(exec 9>&-; owner "$record"); then
		printf 'held\n%s\n' "$held"
		exit 0
	fi
	[ "$round" -lt 30 ] || { printf 'held\n0\n{}\n'; exit 0; }
	round=$((round + 1))
	sleep 0.1 9>&-
done
printf '%s %s %s\n%s\n' $$ "$(started $$)" "$(date +%s)" "$who" >"$record.new"
mv "$record.new" "$record"
echo locked
# A child must not hold the lock too: it would outlive a kill of this process by its timeout.
while [ -n "$(exec 9>&-; exec timeout "$silence" dd bs=1 count=1 2>/dev/null)" ]; do
	echo . || break
done
rm -f "$record"
flock -u 9
echo freed
