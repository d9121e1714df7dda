# read.sh FILE DIR KEY: says all that a push has to know of FILE, then its content. Changes nothing.
most=1048576 # bytes
problem() {
	echo "problem $1"
	exit 0
}
f=$(real "$1") || problem "$1 is a symbolic link that leads nowhere"
d=$(dirname -- "$f")
[ -d "$d" ] || problem "there is no folder $d"
[ ! -e "$f" ] || [ -f "$f" ] || problem "$f is no plain file"
[ -w "$d" ] || problem "the folder $d cannot be written"
[ ! -e "$f" ] || [ -w "$f" ] || problem "$f cannot be written"
echo "identity $(identity "$f")"
if [ -e "$f.belt-new" ] || [ -L "$f.belt-new" ]; then echo staged; fi
if [ -e "$2/env-owed/$3" ]; then echo owed; fi
if [ -e "$2/env.jsonl" ]; then
	tail -n 3 "$2/env.jsonl" | while read -r line; do printf 'history %s\n' "$line"; done
fi
if [ -e "$f" ]; then
	size=$(stat -c %s -- "$f")
	[ "$size" -le $most ] || problem "$f has $size bytes: a file of variables has at most $most"
	echo content
	cat -- "$f" || fail "$f cannot be read"
fi
