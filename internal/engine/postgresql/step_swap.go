package postgresql

import (
	"context"
	"fmt"
	"path"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
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
	r, auto := m.Target.Facts.Node.Runner, autoConfName
	result, err := r.Run(ctx, replica.Look("look for the copy", `[ -e "$1" ] && echo there; exit 0`, m.NewDir()+".complete"))
	if err != nil || result.Stdout == "" {
		return err
	}
	brought, err := remote.ReadFile(ctx, r, "root", path.Join(m.NewDir(), auto))
	if err != nil {
		return err
	}
	own, err := r.Run(ctx, replica.Look("read "+auto, `cat "$1" 2>/dev/null || :`, path.Join(m.tn.DataDir, auto)))
	if err != nil {
		return err
	}
	text := standbyConf(string(brought), own.Stdout, m.standbySettings())
	if err := m.PutSecret(ctx, path.Join(m.NewDir(), auto), []byte(text)); err != nil {
		return err
	}
	if err := m.PutSecret(ctx, path.Join(m.NewDir(), "standby.signal"), nil); err != nil {
		return err
	}
	return replica.PutState(ctx, r, m.WrittenFile(), m.writes())
}

// start starts the standby and waits until it follows.
func (m making) start() plan.Step {
	return m.Step(plan.Step{
		ID: "start", Server: m.To(), Title: "start the replica and wait until it follows", Lane: m.To(),
		Commands: []string{"systemctl start " + m.tn.Service},
		Done:     m.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			log := m.logSize(ctx)
			if err := m.Target.Start(ctx, "start"); err != nil {
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
