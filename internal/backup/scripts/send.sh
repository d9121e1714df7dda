# Reads a backup. $1 the file, $2 its size, $3 its hash.
set -eu
[ -e "$1" ] || { echo "$1 is not there any more" >&2; exit 1; }
[ "$(stat -c %s "$1")" = "$2" ] || { echo "$1 has $(stat -c %s "$1") bytes, and had $2 when it was stored" >&2; exit 1; }
[ "$(sha256sum "$1" | cut -d' ' -f1)" = "$3" ] || { echo "$1 is not what was stored: its hash is another one" >&2; exit 1; }
exec cat "$1"
