# what the scripts of this package share
umask 077
fail() {
	echo "$1" >&2
	exit 1
}
# identity is equal as long as nobody wrote to a file or put another one in its place
identity() { identities "$1" | grep . || echo absent; }
# identities of several files at once; those that are absent have no line
identities() { stat -c '%d:%i:%s:%y:%z' -- "$@" 2>/dev/null; }
# a symbolic link stays: what it leads to is read and replaced
real() {
	if [ -L "$1" ]; then readlink -f -- "$1"; else printf '%s\n' "$1"; fi
}
