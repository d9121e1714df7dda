# Reads all documents of a restored folder, and prints what it has. Follows scratch.sh. $1 folder, $2 program, then options of
# mongod.
version=$("$2" --version | sed -n 's/^db version v//p' | head -n 1)
progress 0 0 'starting mongod on it'
scratch "$@"
progress 0 0 'reading every document'
if ! mongodump --uri="$uri" --archive >/dev/null 2>"$dir/said"; then
	tail -n 5 "$dir/said" >&2
	exit 1
fi
# A line for each collection: done dumping shop.orders (5000 documents)
awk -v version="$version" '
	match($0, /done dumping [^ ].* \([0-9]+ documents?\)/) {
		text = substr($0, RSTART + 13, RLENGTH - 13)
		gsub(/`/, "", text)
		database = text
		sub(/\..*/, "", database)
		sub(/.* \(/, "", text)
		n += text + 0
		collections++
		if (database != "admin" && database != "config" && !(database in seen)) { seen[database] = 1; databases++ }
	}
	END {
		if (!collections) { print "mongodump found nothing in it" >"/dev/stderr"; exit 1 }
		printf "version=%s\ndatabases=%d\ncollections=%d\ndocuments=%d\n", version, databases, collections, n
	}' "$dir/said" || exit
