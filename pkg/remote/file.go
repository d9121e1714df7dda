package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Attr is what a written file is to be like.
type Attr struct {
	Mode  fs.FileMode // permission bits; 0: 0600
	Owner string      // empty: the user who writes
	Group string      // empty: the group of who writes
	// Keep takes mode, owner and group from the file that is replaced. Where there is none the other fields hold.
	Keep bool
}

// writeScript gets path, size, mode, owner, group and keep. A connection that breaks ends the input early; the size
// tells. mktemp makes the file 0600, so nobody can read it before it has its owner.
const writeScript = `set -eu
path=$1 size=$2 mode=$3 owner=$4 group=$5 keep=$6
fail() { echo "$1" >&2; exit 1; }
if [ -L "$path" ]; then path=$(readlink -f -- "$path"); fi
dir=$(dirname -- "$path")
[ -d "$dir" ] || fail "the folder $dir does not exist"
[ ! -d "$path" ] || fail "$path is a folder"
if [ "$keep" = keep ] && [ -e "$path" ]; then
	mode=$(stat -c %a -- "$path") owner=$(stat -c %u -- "$path") group=$(stat -c %g -- "$path")
fi
new=$(mktemp -- "$path.belt.XXXXXX")
trap 'rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$new"
got=$(wc -c <"$new")
[ "$got" -eq "$size" ] || fail "only $got of $size bytes arrived"
sync -- "$new"
if [ -n "$owner" ] && [ "$owner" != "$(stat -c %u -- "$new")" ]; then chown -- "$owner" "$new"; fi
if [ -n "$group" ] && [ "$group" != "$(stat -c %g -- "$new")" ]; then chgrp -- "$group" "$new"; fi
chmod -- "$mode" "$new"
mv -f -- "$new" "$path"
sync -- "$dir" 2>/dev/null || sync
`

// WriteFile replaces a file on the server, or makes it, as the user as. The content travels on stdin into a temporary
// file beside it, which is synced and renamed: whatever fails, the file is the old one or the new one, and whole. A
// symbolic link stays, and what it points to is replaced. The folder has to be there.
func WriteFile(ctx context.Context, r Runner, as, path string, content []byte, attr Attr) error {
	mode := attr.Mode.Perm()
	if mode == 0 {
		mode = 0o600
	}
	keep := "no"
	if attr.Keep {
		keep = "keep"
	}
	_, err := r.Run(ctx, Command{
		Title:  "write " + path,
		Script: writeScript,
		Args:   []string{path, strconv.Itoa(len(content)), strconv.FormatUint(uint64(mode), 8), attr.Owner, attr.Group, keep},
		As:     as,
		Stdin:  bytes.NewReader(content),
	})
	return err
}

// ReadFile returns a file's content, read as the user as. errors.Is finds fs.ErrNotExist when there is none, and
// fs.ErrPermission when that user may not read it. The content is in no trace.
func ReadFile(ctx context.Context, r Runner, as, path string) ([]byte, error) {
	var content bytes.Buffer
	_, err := r.Run(ctx, Command{
		Title:    "read " + path,
		Script:   `cat -- "$1"`,
		Args:     []string{path},
		As:       as,
		Stdout:   &content,
		ReadOnly: true,
		Private:  true, // nobody knows what it holds
	})
	var exit *ExitError
	if errors.As(err, &exit) {
		for text, known := range map[string]error{"No such file or directory": fs.ErrNotExist, "Permission denied": fs.ErrPermission} {
			if strings.HasSuffix(strings.TrimSpace(exit.Stderr), text) {
				return nil, fmt.Errorf("%s: read %s: %w", r.Server(), path, known)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}
