# Deletes a copy that was not put in place. $1 the data folder in use, $2 the copy, then the folders of its tablespaces; one
# that the data folder in use refers to stays.
set -eu
data=$1 new=$2
shift 2
rm -rf -- "$new"
rm -f -- "$new.complete"
for place in "$@"; do
	for used in "$data"/pg_tblspc/*; do
		[ "$(readlink "$used")" != "$place" ] || continue 2
	done
	rm -rf -- "$place"
done
