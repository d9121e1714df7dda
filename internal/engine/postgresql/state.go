package postgresql

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"

	"github.com/dbbelt/belt/pkg/remote"
)

// unfinished is what a run notes on the replica's server before its first change and removes after its last one.
type unfinished struct {
	Run     string `json:"run"`
	Command string `json:"command"`
	Primary string `json:"primary"` // "shop/db1"
	Replica string `json:"replica"` // "shop/db2"
	Method  string `json:"method,omitempty"`
	Running bool   `json:"running"`        // PostgreSQL ran on the replica's server before
	NewSlot bool   `json:"new_slot"`       // there was no slot for the replica before, or none that still held its WAL
	Kept    *kept  `json:"kept,omitempty"` // what an undo is putting back
}

// kept is what is noted about an old data folder that lies beside the one in use.
type kept struct {
	Run     string `json:"run"`
	Command string `json:"command"`
	Folder  string `json:"folder"`
	Time    string `json:"time"`    // when it was moved aside, RFC 3339
	Running bool   `json:"running"` // PostgreSQL ran in it before
	Replica bool   `json:"replica"` // it was a replica of the same primary before
	Bytes   int64  `json:"bytes"`
}

// line is the record as it stands beside the folder.
func (k kept) line() string {
	text, err := json.Marshal(k)
	if err != nil {
		return "" // it has only strings, numbers and booleans
	}
	return string(text)
}

// saved is what postgresql.auto.conf of a primary had before Belt changed it; null where it had nothing.
type saved map[string]*string

// putState writes a small record on a server, whole or not at all.
func putState(ctx context.Context, r remote.Runner, file string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: note %s: %w", r.Server(), path.Base(file), err)
	}
	cmd := asRoot("note "+path.Base(file), `set -e
install -d -m 0711 /var/lib/belt "$(dirname "$1")"
umask 077
cat >"$1.new"
sync "$1.new"
mv "$1.new" "$1"`, file)
	cmd.Stdin = bytes.NewReader(append(text, '\n'))
	_, err = r.Run(ctx, cmd)
	return err
}

// dropState removes records and other files of Belt's; those that are gone are no error.
func dropState(ctx context.Context, r remote.Runner, files ...string) error {
	_, err := r.Run(ctx, asRoot("remove belt's notes", `rm -f -- "$@"`, files...))
	return err
}

// makeFolder makes a folder of Belt's. /var/lib/belt itself lets every user pass, so that an instance's owner reaches
// what belongs to it.
func makeFolder(ctx context.Context, r remote.Runner, folder, owner, mode string) error {
	_, err := r.Run(ctx, asRoot("make "+folder,
		`set -e; install -d -m 0711 /var/lib/belt; install -d -m "$3" -o "$2" "$1"`, folder, owner, mode))
	return err
}
