package mysql

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// guardScript has the functions ready and stopped of a swap. $1 is the file that a whole copy has.
const guardScript = `ready() {
	[ -s "$new/$1" ] || fail "the copy in $new has no $1"
	[ -d "$new/mysql" ] || fail "the copy in $new has no accounts: the folder mysql is missing"
}
stopped() {
	for pid in $(pgrep -x 'mariadbd|mysqld' 2>/dev/null); do
		[ "$(readlink "/proc/$pid/cwd")" != "$data" ] || fail "the server still runs in $data (process $pid) after $unit was stopped"
	done
}
`

// keptOptions is what is noted about an old data folder: the options that belong to it.
type keptOptions struct {
	Options map[string]string `json:"options,omitempty"`
	Note    json.RawMessage   `json:"note,omitempty"` // of a replica
}

// swap puts the copy into the place of the old data folder, with the options of a replica.
func (m making) swap() plan.Step {
	return m.Swap(replica.Swap{
		Commands: []string{"write " + m.tn.dropIn()},
		Guard:    guardScript, Args: []string{m.proof()},
		Configure: func(ctx context.Context) error {
			if there, err := m.Target.Seen(ctx, m.NewDir()); err != nil || !there {
				return err // it is in place already
			}
			return m.configure(ctx)
		},
		Unconfigure: func(ctx context.Context) error { return m.putOptions(ctx, m.was) },
		Kept:        m.was,
	})
}

// proof is a file that a whole copy has.
func (m making) proof() string {
	if m.engine.flavour == mariaDB {
		words, _ := mariaDB.find(positionFile, m.pn.version)
		return words
	}
	return "mysql.ibd"
}

// configure writes the replica's options, and notes them.
func (m making) configure(ctx context.Context) error {
	if err := replica.PutState(ctx, m.target.Node.Runner, m.WrittenFile(), m.note()); err != nil {
		return err
	}
	options := m.note().Options
	if m.feeds { // its own replicas go on needing what is there for them
		maps.Copy(options, m.tn.saved().texts())
	}
	return writeOptions(ctx, m.target, options)
}

// putOptions makes Belt's file on the target the one that belongs to other data: a replica's, or none.
func (m making) putOptions(ctx context.Context, of keptOptions) error {
	if err := writeOptions(ctx, m.target, of.Options); err != nil {
		return err
	}
	if of.Options["ssl_cert"] == "" {
		if err := dropCertificate(ctx, m.target); err != nil {
			return err
		}
	}
	if len(of.Note) == 0 {
		return replica.DropState(ctx, m.target.Node.Runner, m.WrittenFile())
	}
	return replica.PutState(ctx, m.target.Node.Runner, m.WrittenFile(), of.Note)
}

// start starts the replica and lets it follow.
func (m making) start() plan.Step {
	m.copied = true
	return m.Step(plan.Step{
		ID: "start", Server: m.To(), Title: "start the replica and wait until it follows", Lane: m.To(),
		Commands: append([]string{"systemctl start " + m.tn.Service}, m.followCommands()...),
		Done:     m.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := m.Target.StartIfDown(ctx); err != nil {
				return fmt.Errorf("%w%s", err, m.denied(ctx))
			}
			if err := m.connect(ctx); err != nil {
				return err
			}
			return m.followed(ctx, report)
		},
		Undo: plan.Undoable("stop it", func(ctx context.Context, _ plan.Progress) error {
			if mine, err := m.InPlace(ctx); err != nil || !mine {
				return err // what runs there is the old data
			}
			return m.Target.Stop(ctx)
		}),
	})
}

// denied tells what AppArmor or SELinux kept the server from, as the kernel's log has it; empty for nothing.
func (m making) denied(ctx context.Context) string {
	result, err := m.target.Node.Runner.Run(ctx, remote.Command{
		Title: "look for a denial in the kernel's log", As: "root", ReadOnly: true,
		Script: `journalctl -k -q --no-pager -o cat --since -5min 2>/dev/null | grep -E 'DENIED|denied' | grep -E 'mysqld|mariadbd' | tail -n 1; exit 0`,
	})
	if err != nil || result.Stdout == "" {
		return ""
	}
	return ": " + result.Stdout
}
