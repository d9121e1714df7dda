# Deletes a copy that was not put in place. $1 the data folder in use, $2 the copy, then further folders of the copy; the
# engine's function linked deletes what lies elsewhere and only the copy refers to.
set -eu
data=$1 new=$2
shift 2
linked "$new" "$data" "$@"
rm -rf -- "$new"
rm -f -- "$new.complete"
