package postgresql

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// swap makes the copy a standby and puts it into the place of the old data folder, which is kept beside it.
func (m making) swap() plan.Step {
	return m.Swap(replica.Swap{
		Commands:  []string{"write standby.signal and postgresql.auto.conf in " + m.NewDir()},
		Guard:     guardScript,
		Args:      []string{m.tn.BinDir, m.pn.SystemIdentifier},
		Configure: m.configure,
		Undone: func(ctx context.Context) error {
			if r := m.Target.Runner(); m.Command == commandResync && len(m.tn.Written) > 0 {
				return replica.PutState(ctx, r, m.WrittenFile(), m.tn.Written)
			}
			return replica.DropState(ctx, m.Target.Runner(), m.WrittenFile())
		},
	})
}

// configure makes the new folder that of a standby, before anything is moved. Run again after the move it does nothing.
func (m making) configure(ctx context.Context) error {
	var found bytes.Buffer
	read := replica.Look("read the copy's settings", copyReadScript, m.NewDir(), m.tn.DataDir, autoConfName)
	read.Stdout, read.Private = &found, true // a line may hold a password
	if _, err := m.Target.Runner().Run(ctx, read); err != nil || found.Len() == 0 {
		return err
	}
	brought, own, err := cutCopyRead(found.String())
	if err != nil {
		return fmt.Errorf("%s: read the copy's settings: %w", m.To(), err)
	}
	note, err := json.Marshal(m.writes())
	if err != nil {
		return err
	}
	text := standbyConf(brought, own, m.standbySettings())
	write := replica.AsRoot("make the copy a standby's", copyWriteScript,
		m.NewDir(), autoConfName, strconv.Itoa(len(text)), m.tn.Owner, m.WrittenFile(), string(note))
	write.Stdin = strings.NewReader(text)
	_, err = m.Target.Runner().Run(ctx, write)
	return err
}

// cutCopyRead takes apart what copyread.sh prints.
func cutCopyRead(text string) (brought, own string, err error) {
	first, rest, _ := strings.Cut(text, "\n")
	size, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || size > len(rest) {
		return "", "", fmt.Errorf("%d bytes after %.40q", len(rest), first)
	}
	return rest[:size], rest[size:], nil
}

// start starts the standby and waits until it follows.
func (m making) start() plan.Step {
	return m.Step(plan.Step{
		ID: "start", Server: m.To(), Title: "start the replica and wait until it follows", Lane: m.To(),
		Commands: []string{"systemctl start " + m.tn.Service},
		Done: func(ctx context.Context) (bool, error) {
			if !m.Adopt {
				return false, nil // its data was put in place a moment ago
			}
			return m.streams(ctx)
		},
		Do: func(ctx context.Context, report plan.Progress) error {
			log := m.logSize(ctx)
			if err := m.Target.Launch(ctx, "start"); err != nil {
				return fmt.Errorf("%w%s", err, m.logTail(ctx, log))
			}
			return m.follow(ctx, log, report)
		},
		Undo: plan.Undoable("stop it", func(ctx context.Context, _ plan.Progress) error {
			if mine, err := m.InPlace(ctx); err != nil || !mine {
				return err // what runs there is the old data
			}
			return m.Target.Stop(ctx)
		}),
	})
}
