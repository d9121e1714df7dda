package lab

import (
	"context"
	"fmt"
)

// fill makes keys of every type in several databases, some of which expire, from a script that the server runs once for
// each megabyte, and keys that are big by themselves.
func (r redis) fill(ctx context.Context, mb int) error {
	_, err := r.shell(ctx, `
		chunk=1
		while [ "$chunk" -le "$2" ]; do
		  reply=$(cli EVAL "$1" 0 "$chunk" "$2")
		  [ "$reply" = filled ] || { echo "$reply" >&2; exit 1; }
		  chunk=$((chunk + 1))
		done`, r.ownScript("fill.lua"), fmt.Sprint(mb))
	return err
}
