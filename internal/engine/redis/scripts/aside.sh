# Stops an instance and keeps its data aside. Follows the functions there and move, and fail. Goes on where it was cut.
# $1 what stands for the data, $2 the folder to keep it in, $3 systemd unit, $4 what to note about it, or delete; then the
# arguments of move.
set -eu
data=$1 old=$2 unit=$3 note=$4
shift 4
systemctl stop "$unit"
if [ "$note" = delete ]; then
	for file; do rm -rf -- "${data%/*}/$file"; done
elif [ ! -e "$old.json" ]; then
	printf '%s\n' "$note" >"$old.json.new"
	chmod 0600 "$old.json.new"
	mv "$old.json.new" "$old.json"
	move "$data" "$old" "$@"
elif there "$data" "$@"; then
	# It was cut in between, or undone half. What is kept already stays; a file of its name is of a later life.
	for file; do [ ! -e "$old/$file" ] || rm -rf -- "${data%/*}/$file"; done
	move "$data" "$old" "$@"
fi
sync -f "${data%/*}"
