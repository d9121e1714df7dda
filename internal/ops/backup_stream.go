package ops

import (
	"context"

	"github.com/dbbelt/belt/internal/backup"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/replication"
)

// secret reads the identity that opens encrypted backups, where one is needed.
func (v *vault) secret(m backup.Manifest) ([]byte, error) {
	if m.Recipient == "" {
		return nil, nil
	}
	if v.at.Identity == "" {
		return nil, usage("write identity_file: under backups: in belt.yaml", "backup %s is encrypted to %s", m.ID, m.Recipient)
	}
	text, err := readLocal(v.at.Identity)
	if err != nil {
		return nil, usage("", "the identity that opens backup %s: %v", m.ID, err)
	}
	return text, nil
}

// noProgress stands for the function of jobs' own scripts in those that tools run.
const noProgress = "progress() { :; }\n"

// packed runs an engine's script and packs what it writes; unpacked is the way back.
const (
	packed = `to=$(cat "$BELT_FILES/recipient")
{
	code=0
	/bin/sh "$BELT_FILES/backup" "$@" || code=$?
	echo "$code" >code
} | "$BELT_FILES/mover" mover pack ${to:+"$to"} || exit
exit "$(cat code)"
`
	unpacked = `{
	code=0
	"$BELT_FILES/mover" mover unpack "$BELT_FILES/identity" || code=$?
	echo "$code" >code
} | /bin/sh "$BELT_FILES/extract" "$@" || exit
exit "$(cat code)"
`
)

// fetch is the stream of a backup into a folder of a server.
func (v *vault) fetch(ctx context.Context, what string, m backup.Manifest, on replication.Facts, into replication.RebuildTool, folder string, identity []byte) (transfer.Stream, error) {
	way, err := v.path(ctx, on.Node, on.Host.Arch, false)
	if err != nil {
		return transfer.Stream{}, err
	}
	files := map[string][]byte{"extract": []byte(noProgress + into.Extract)}
	secrets := map[string][]byte{}
	if len(identity) > 0 {
		secrets["identity"] = identity
	}
	return transfer.Stream{
		ID: v.streamID(what), Title: "restore backup " + m.ID, Path: way, Total: m.Bytes, Compress: transfer.Never,
		From: v.store.Send(m, v.arch),
		To: transfer.End{
			Runner: on.Node.Runner, Arch: on.Host.Arch, As: into.As, Script: unpacked, Args: append([]string{folder}, into.ExtractArgs...),
			Files: files, Secrets: secrets,
		},
	}, nil
}
