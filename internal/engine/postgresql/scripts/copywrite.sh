# Makes a copy that of a standby: its settings file, which comes on stdin, and standby.signal. Then notes what was written.
# $1 the copy, $2 name of the file, $3 its size, $4 owner, $5 file of the note, $6 the note. The copy is its owner's, who is
# not root: a new file has a name that nobody can foresee.
set -eu
umask 077
new=$(mktemp -- "$1/$2.belt.XXXXXX")
trap 'rm -f -- "$new"' EXIT
cat >"$new"
got=$(wc -c <"$new")
[ "$got" -eq "$3" ] || { echo "only $got of $3 bytes arrived" >&2; exit 1; }
chown -- "$4:" "$new"
sync -- "$new"
mv -f -- "$new" "$1/$2"
new=$(mktemp -- "$1/standby.belt.XXXXXX")
chown -- "$4:" "$new"
mv -f -- "$new" "$1/standby.signal"
sync -- "$1"
install -d -m 0711 /var/lib/belt "$(dirname "$5")"
printf '%s\n' "$6" >"$5.new"
sync "$5.new"
mv "$5.new" "$5"
