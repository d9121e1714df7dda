# The data of an instance is some files of a folder that other instances may use as well. "$folder/redis-6379" stands for
# them; what is named so and goes on with .belt- is a folder that keeps them.
there() { # PLACE FILE…
	case $1 in *.belt-*) [ -e "$1" ] && return || return 1 ;; esac
	folder=${1%/*}
	shift
	for file; do [ ! -e "$folder/$file" ] || return 0; done
	return 1
}
move() { # FROM TO FILE…
	from=$1 to=$2
	shift 2
	case $to in
	*.belt-*)
		folder=${from%/*}
		mkdir -p -- "$to"
		chmod --reference="$folder" -- "$to"
		chown --reference="$folder" -- "$to"
		for file; do [ ! -e "$folder/$file" ] || mv -T -- "$folder/$file" "$to/$file"; done
		;;
	*)
		folder=${to%/*}
		for file; do [ ! -e "$from/$file" ] || mv -T -- "$from/$file" "$folder/$file"; done
		rmdir -- "$from"
		;;
	esac
}
