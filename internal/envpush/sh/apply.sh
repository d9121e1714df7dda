# run_apply runs $apply, says its exit code and the end of what it printed, and forgets that it is owed when it worked.
# What it starts in the background may live on: it holds no end of the connection.
run_apply() {
	out=$(mktemp)
	trap 'rm -f -- "$out"' EXIT
	code=0
	/bin/sh -c "$apply" </dev/null >"$out" 2>&1 || code=$?
	[ $code -ne 0 ] || rm -f "$owed"
	echo "applied $code"
	tail -c 4096 "$out"
}
