# scratch FOLDER PROGRAM OPTION… starts a mongod on a folder that no other one notices: it takes no connections but those of
# its own user, through a socket in a folder of that user's. uri is the way to it, $dir a folder for other things.
child=
dir=$(mktemp -d /tmp/belt-XXXXXX) || exit
trap 'if [ -n "$child" ]; then kill -9 "$child" 2>/dev/null; wait "$child" 2>/dev/null; fi; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
uri=mongodb://$(printf '%s' "$dir" | sed 's,/,%2F,g')%2Fmongod.sock/
scratch() {
	folder=$1 program=$2
	shift 2
	ulimit -n "$(ulimit -H -n)" # a file for each collection and index
	# With its usual prefix it would put a socket of its own in the place of the server's in /tmp.
	"$program" --dbpath "$folder" --bind_ip "$dir/mongod.sock" --unixSocketPrefix "$dir" --logpath "$dir/log" --wiredTigerCacheSizeGB 0.25 \
		--setParameter diagnosticDataCollectionEnabled=false "$@" >"$dir/out" 2>&1 &
	child=$!
	until grep -qs '"msg":"Waiting for connections"' "$dir/log"; do
		if ! kill -0 "$child" 2>/dev/null; then
			cat "$dir/out" "$dir/log" 2>/dev/null | grep -v '^$' | tail -n 5 >&2
			echo 'mongod does not start on it' >&2
			exit 1
		fi
		sleep 0.2
	done
}
# rest ends it, with all that it has on the disk.
rest() {
	kill -TERM "$child"
	code=0
	wait "$child" || code=$?
	child=
	[ "$code" = 0 ] || { tail -n 5 "$dir/log" >&2; echo "mongod ended with code $code" >&2; exit 1; }
}
