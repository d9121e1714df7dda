# Puts the old data folder back. $1 data folder, $2 where to put the one that is there now, $3 the old one, $4 systemd
# unit, $5 start to start it afterwards. Follows the functions there and move, which get the rest.
set -eu
data=$1 new=$2 old=$3 unit=$4 start=$5
shift 5
if [ -e "$old" ]; then
	stop_unit "$unit"
	if there "$data" "$@"; then
		[ ! -e "$new" ] || { echo "$new and $data and $old are all there" >&2; exit 1; }
		move "$data" "$new" "$@"
	fi
	move "$old" "$data" "$@"
	sync -f "${data%/*}"
fi
rm -f "$old.json" "$old.json.new"
if [ "$start" = start ]; then
	systemctl reset-failed "$unit" 2>/dev/null || :
	start_unit "$unit"
fi
