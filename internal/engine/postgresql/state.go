package postgresql

import (
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
	Running bool   `json:"running"` // PostgreSQL ran on the replica's server before
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
	if err := makeFolder(ctx, r, path.Dir(file), "root", "0711"); err != nil {
		return err
	}
	return remote.WriteFile(ctx, r, "root", file, append(text, '\n'), remote.Attr{Mode: 0o600})
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
