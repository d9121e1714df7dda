# Deletes the tablespaces that Belt made for a data folder and that only it refers to. $1 the folder, $2 the data folder in
# use, then those of a copy that may not refer to them yet.
linked() {
	folder=$1 used=$2
	shift 2
	for link in "$folder"/pg_tblspc/*; do
		place=$(readlink "$link") || continue
		case $place in *.belt-*) set -- "$@" "$place" ;; esac
	done
	for place in "$@"; do
		for link in "$used"/pg_tblspc/*; do
			[ "$(readlink "$link")" != "$place" ] || continue 2
		done
		rm -rf -- "$place"
	done
}
