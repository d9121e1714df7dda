package replica

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Unfinished is what a run notes on the servers before its first change and removes after its last one.
type Unfinished struct {
	Run     string          `json:"run"`
	Command string          `json:"command"`
	Primary string          `json:"primary"` // "shop/db1"
	Replica string          `json:"replica"` // "shop/db2"
	Method  string          `json:"method,omitempty"`
	Running bool            `json:"running"`          // the instance ran on the replica's server before
	Engine  json.RawMessage `json:"engine,omitempty"` // what the engine has to know to take the run up
	Kept    *Kept           `json:"kept,omitempty"`   // what an undo is putting back
}

// Kept is what is noted about an old data folder that lies beside the one in use.
type Kept struct {
	Run     string          `json:"run"`
	Command string          `json:"command"`
	Folder  string          `json:"folder"`
	Time    string          `json:"time"`    // when it was moved aside, RFC 3339
	Running bool            `json:"running"` // the instance ran in it before
	Replica bool            `json:"replica"` // it was a replica of the same primary before
	Bytes   int64           `json:"bytes"`
	Engine  json.RawMessage `json:"engine,omitempty"` // what the engine has to know to put it back
}

// line is the record as it stands beside the folder.
func (k Kept) line() string {
	text, err := json.Marshal(k)
	if err != nil {
		return "" // it has only strings, numbers, booleans and JSON
	}
	return string(text)
}

// Notes is what Belt noted on a server about one of its instances, and what its runs left there.
type Notes struct {
	Unfinished *Unfinished
	Begun      []Unfinished // on a primary: the runs for its replicas that did not end
	Kept       []Kept       // oldest first
	Saved      string       // on a primary: the settings from before Belt changed them, in the engine's form
	Written    string       // on a replica: the settings that Belt wrote, in the engine's form
	NewFolder  bool         // there is a copy that was not put in place
	Seeding    bool         // a copy runs now
	Seeded     string       // how far it is: "DONE TOTAL NOTE"
}

// KeptData is what the facts say of the data kept.
func (n Notes) KeptData() []replication.KeptData {
	var out []replication.KeptData
	for _, k := range n.Kept {
		out = append(out, replication.KeptData{Run: k.Run, Command: k.Command, Time: k.Time, Bytes: k.Bytes, Replica: k.Replica})
	}
	return out
}

func (n *Notes) sort() {
	slices.SortFunc(n.Kept, func(a, b Kept) int { return strings.Compare(a.Time+a.Run, b.Time+b.Run) })
}

// StateDir is where a server keeps Belt's notes.
const StateDir = "/var/lib/belt/state"

// StateFile is the note of that kind about an instance, "postgresql-5432".
func StateFile(instance, kind string) string { return path.Join(StateDir, instance+"."+kind) }

// PutState writes a small record on a server, whole or not at all.
func PutState(ctx context.Context, r remote.Runner, file string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: note %s: %w", r.Server(), path.Base(file), err)
	}
	cmd := AsRoot("note "+path.Base(file), `set -e
install -d -m 0711 /var/lib/belt "$(dirname "$1")"
umask 077
cat >"$1.new"
sync "$1.new"
mv "$1.new" "$1"`, file)
	cmd.Stdin = bytes.NewReader(append(text, '\n'))
	_, err = r.Run(ctx, cmd)
	return err
}

// ReadState reads a record of [PutState]; one that is not there leaves into as it is.
func ReadState(ctx context.Context, r remote.Runner, title, file string, into any) error {
	result, err := r.Run(ctx, Look(title, `cat "$1" 2>/dev/null || echo '{}'`, file))
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(result.Stdout), into); err != nil {
		return fmt.Errorf("%s: %s: %w", r.Server(), title, err)
	}
	return nil
}

// DropState removes records and other files of Belt's; those that are gone are no error.
func DropState(ctx context.Context, r remote.Runner, files ...string) error {
	_, err := r.Run(ctx, AsRoot("remove belt's notes", `rm -f -- "$@"`, files...))
	return err
}

// MakeFolder makes a folder of Belt's. /var/lib/belt itself lets every user pass, so that an instance's owner reaches
// what belongs to it.
func MakeFolder(ctx context.Context, r remote.Runner, folder, owner, mode string) error {
	_, err := r.Run(ctx, AsRoot("make "+folder,
		`set -e; install -d -m 0711 /var/lib/belt; install -d -m "$3" -o "$2" "$1"`, folder, owner, mode))
	return err
}

// DropPair removes two files of Belt's, and their folder once nothing else is in it.
func DropPair(ctx context.Context, r remote.Runner, title, one, other, folder string) error {
	_, err := r.Run(ctx, AsRoot(title, `rm -f -- "$1" "$2"; rmdir --ignore-fail-on-non-empty -- "$3" 2>/dev/null || :`, one, other, folder))
	return err
}
