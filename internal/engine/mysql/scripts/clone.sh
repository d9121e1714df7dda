# Lets the running server fetch the donor's data into a new folder by CLONE. $1 client, $2 socket, $3 new folder, $4 the
# data folder in use. In $BELT_FILES: clone.sql, after.sql, which puts back what that needed, and, where an account is needed,
# admin.cnf. Begins anew each time. Follows own.sh.
set -eu
client=$1 socket=$2 new=$3 data=$4
if [ -e "$BELT_FILES/admin.cnf" ]; then
	set -- "--defaults-file=$BELT_FILES/admin.cnf"
else
	set -- --no-defaults --user=root
fi
sql() { "$client" "$@" --protocol=socket --socket="$socket" --batch --raw --skip-column-names --connect-timeout=10; }
rm -f "$new.complete"
find "$new" -mindepth 1 -delete

watch() {
	while :; do
		# shellcheck disable=SC2016
		now=$(sql "$@" <<-'END'
			SELECT CONCAT(COALESCE(SUM(p.data), 0), ' ', COALESCE(SUM(p.estimate), 0), ' ', COALESCE(MAX(IF(p.state = 'In Progress', LOWER(p.stage), '')), ''))
			FROM performance_schema.clone_progress p JOIN performance_schema.clone_status s ON s.id = p.id WHERE s.state = 'In Progress';
		END
		) || now=
		case $now in [0-9]*\ [1-9]*\ *) progress ${now%% *} "$(echo "$now" | cut -d' ' -f2)" "$(echo "$now" | cut -d' ' -f3-)" ;; esac
		sleep 0.5
	done
}
while :; do
	watch "$@" 2>/dev/null &
	watcher=$!
	code=0
	sql "$@" <"$BELT_FILES/clone.sql" 2>clone.log || code=$?
	kill "$watcher" 2>/dev/null || :
	wait "$watcher" 2>/dev/null || :
	sql "$@" <"$BELT_FILES/after.sql" 2>after.log || [ "$code" != 0 ] || { cat after.log >&2; exit 1; }
	# ER_CLONE_TOO_MANY_CONCURRENT_CLONES: a donor serves one at a time ("Remote Cloning Prerequisites").
	[ "$code" != 0 ] && grep -q 'Donor Error: 3634' clone.log || break
	progress 0 0 'waiting: the donor is being cloned by another'
	sleep 2
done
if [ "$code" != 0 ]; then
	tail -n 5 clone.log >&2
	exit "$code"
fi
# The server wants to make the folder itself, so it made one in the folder that it was given.
progress 0 0 'writing the copy to disk'
[ -s "$new/data/mysql.ibd" ] || { echo "the copy has no mysql.ibd: it is not whole" >&2; exit 1; }
find "$new" -mindepth 1 -maxdepth 1 ! -name data -exec rm -rf {} +
mv "$new/data" "$new.inner"
rmdir "$new"
mv "$new.inner" "$new"
own "$data" "$new"
sync -f "$new"
: >"$new.complete"
