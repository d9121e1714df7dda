# Lets the running server fetch the donor's data into a new folder by CLONE. $1 client, $2 socket, $3 new folder, $4 the
# data folder in use, $5 the donor's name, $6 its address, $7 its port. In $BELT_FILES: clone.sql, after.sql, which puts back
# what that needed, and, where an account is needed, admin.cnf. Begins anew each time. Follows own.sh and endclone.sh.
set -eu
client=$1 socket=$2 new=$3 data=$4 donor=$5 address=$6 port=$7
if [ -e "$BELT_FILES/admin.cnf" ]; then
	set -- "--defaults-file=$BELT_FILES/admin.cnf"
else
	set -- --no-defaults --user=root
fi
sql() { "$client" "$@" --protocol=socket --socket="$socket" --batch --raw --skip-column-names --connect-timeout=10 --unbuffered; }
rm -f "$new.complete"
find "$new" -mindepth 1 -delete

# answers tells whether the donor can be reached: it refuses a stranger.
answers() {
	case $("$client" --no-defaults --protocol=tcp --host="$address" --port="$port" --user=belt_probe --ssl-mode=DISABLED --connect-timeout=3 -e 'SELECT 1' 2>&1) in
	*'ERROR 2002'* | *'ERROR 2003'* | *'ERROR 2013'*) return 1 ;;
	esac
}
# watch tells how far it is. A server whose donor is out of sight waits for it for minutes, without a word.
watch() {
	last=- still=0
	while :; do
		# shellcheck disable=SC2016
		now=$(sql "$@" <<-'END'
			SELECT CONCAT(COALESCE(SUM(p.data), 0), ' ', COALESCE(SUM(p.estimate), 0), ' ', COALESCE(MAX(IF(p.state = 'In Progress', LOWER(p.stage), '')), ''))
			FROM performance_schema.clone_progress p JOIN performance_schema.clone_status s ON s.id = p.id WHERE s.state = 'In Progress';
		END
		) || now=
		if [ "$now" = "$last" ]; then still=$((still + 1)); else last=$now still=0; fi
		note=$(echo "$now" | cut -d' ' -f3-)
		[ "$still" -lt 6 ] || answers || note="no connection to $donor; it goes on when there is one within five minutes"
		case $now in [0-9]*\ [1-9]*\ *) progress ${now%% *} "$(echo "$now" | cut -d' ' -f2)" "$note" ;; esac
		sleep 0.5
	done
}
# halt ends the session that clones, and puts back what it needed.
halt() {
	trap '' HUP INT TERM
	kill "$watcher" 2>/dev/null || :
	end_clone "$@"
	sql "$@" <"$BELT_FILES/after.sql"
	exit 1
}
while :; do
	: >session
	watch "$@" 2>/dev/null &
	watcher=$!
	code=0
	trap 'halt "$@"' HUP INT TERM
	sql "$@" <"$BELT_FILES/clone.sql" >session 2>clone.log || code=$?
	trap - HUP INT TERM
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
