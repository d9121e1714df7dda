package backup

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/remote"
)

var (
	//go:embed scripts/list.sh
	listScript string
	//go:embed scripts/store.sh
	storeScript string
	//go:embed scripts/send.sh
	sendScript string
)

// Store is the folder of one database's backups on a server.
type Store struct {
	Runner remote.Runner
	Dir    string
}

// List returns the backups, the oldest first, and the names of folders that hold none. Reads only.
func (s Store) List(ctx context.Context) (all []Manifest, unfinished []string, err error) {
	result, err := s.Runner.Run(ctx, replica.Look("list the backups", listScript, s.Dir))
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(result.Stdout) {
		id, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		var m Manifest
		if json.Unmarshal([]byte(text), &m) != nil || m.ID != id {
			unfinished = append(unfinished, id)
			continue
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Manifest) int { return strings.Compare(a.ID, b.ID) })
	return all, unfinished, nil
}

// File is where the stream of a backup lies.
func (s Store) File(id string) string { return path.Join(s.Dir, id, "data") }

// Receive is the end of a stream that stores a backup. When it has ended well, the file result in its folder holds size
// and hash of what is on the disk; see [ParseResult].
func (s Store) Receive(id, arch string) transfer.End {
	return transfer.End{Runner: s.Runner, Arch: arch, Script: storeScript, Args: []string{path.Join(s.Dir, id)}}
}

// Send is the end of a stream that reads a backup, and looks whether it is what was stored.
func (s Store) Send(m Manifest, arch string) transfer.End {
	return transfer.End{Runner: s.Runner, Arch: arch, Script: sendScript, Args: []string{s.File(m.ID), strconv.FormatInt(m.Bytes, 10), m.SHA256}}
}

// ParseResult reads what [Store.Receive] left.
func ParseResult(text string) (bytes int64, sha string, err error) {
	size, sha, ok := strings.Cut(strings.TrimSpace(text), " ")
	bytes, err = strconv.ParseInt(size, 10, 64)
	if !ok || err != nil || len(sha) != 64 || bytes == 0 {
		return 0, "", fmt.Errorf("what was stored cannot be told: %.100q", text)
	}
	return bytes, sha, nil
}

// Complete writes the manifest: from then on it is a backup.
func (s Store) Complete(ctx context.Context, m Manifest) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return remote.WriteFile(ctx, s.Runner, "root", path.Join(s.Dir, m.ID, "manifest.json"), append(text, '\n'), remote.Attr{Mode: 0o600})
}

// Remove deletes backups, the manifest first: what is left of one that could not be deleted is none.
func (s Store) Remove(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if _, ok := ParseID(id); !ok {
			return fmt.Errorf("%s: %q is no backup", s.Runner.Server(), id)
		}
	}
	_, err := s.Runner.Run(ctx, replica.AsRoot("delete backups", `set -e
dir=$1; shift
for id in "$@"; do rm -f -- "$dir/$id/manifest.json"; rm -rf -- "${dir:?}/$id"; done`, append([]string{s.Dir}, ids...)...))
	return err
}
