package lab

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// checksum is one for the keys of each type in each database, their values and the times at which they expire.
func (r redis) checksum(ctx context.Context) (string, error) {
	out, err := r.shell(ctx, `
		for db in $(cli INFO keyspace | sed -n 's/^db\([0-9]*\):.*/\1/p'); do
		  cursor=0
		  until
		    reply=$(cli -n "$db" EVAL "$1" 0 "$cursor")
		    printf '%s\n' "$reply" | sed -n "2,\$s/^/db$db\//p"
		    cursor=$(printf '%s\n' "$reply" | head -n 1)
		    case $cursor in *[!0-9]* | '') echo "$reply" >&2; exit 1 ;; esac
		    [ "$cursor" = 0 ]
		  do :; done
		done
		printf 'functions\t%s\n' "$(cli FUNCTION LIST 2>/dev/null | grep -v "^ERR unknown command" | sha256sum | cut -c1-64)"`,
		r.ownScript("checksum.lua"))
	if err != nil {
		return "", err
	}
	return sumsByObject(out), nil
}

// sumsByObject makes one line of all lines that begin with the same object, and knows a key that a scan met twice.
func sumsByObject(out string) string {
	objects := map[string][]string{}
	for _, line := range lines(out) {
		object, key, _ := strings.Cut(line, "\t")
		objects[object] = append(objects[object], key)
	}
	var sums strings.Builder
	for _, object := range slices.Sorted(maps.Keys(objects)) {
		keys := objects[object]
		slices.Sort(keys)
		fmt.Fprintf(&sums, "%s\t%x\n", object, sha256.Sum256([]byte(strings.Join(slices.Compact(keys), "\n"))))
	}
	return sums.String()
}
