# state.sh DIR VERB [NAME]: put (from stdin), get, delete, list.
set -eu
umask 077
state=$1/state verb=$2 name=${3-}
file=$state/$name.json
case $verb in
put)
	new=$state/.$name.$$
	trap 'rm -f "$new"' EXIT
	mkdir -p "$state"
	cat >"$new"
	sync "$new" # it has to outlive the server's crash: it is what a later run must undo
	mv "$new" "$file"
	sync "$state"
	;;
get) [ ! -e "$file" ] || cat "$file" ;;
delete) rm -f "$file" ;;
list)
	for file in "$state"/*.json; do
		[ ! -e "$file" ] || basename "$file" .json
	done
	;;
esac
