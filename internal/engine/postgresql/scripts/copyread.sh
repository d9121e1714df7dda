# Prints what makes the settings file of a standby: nothing once the copy was put in place, else the size in bytes of the one
# that came with the copy, that file, and the one of the old data folder. $1 the copy, $2 the old data folder, $3 the name.
[ -e "$1.complete" ] || exit 0
wc -c <"$1/$3" || exit
cat "$1/$3" || exit
cat "$2/$3" 2>/dev/null || :
