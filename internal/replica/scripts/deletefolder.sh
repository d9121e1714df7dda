# Deletes a data folder that is no longer in use. $1 the folder, $2 the data folder in use; the engine's function linked
# deletes what lies elsewhere and only this folder refers to.
set -eu
[ "$(readlink -f "$1")" != "$(readlink -f "$2")" ] || { echo "$1 is the data folder in use" >&2; exit 1; }
linked "$1" "$2"
rm -rf -- "$1"
rm -f -- "$1.json"
