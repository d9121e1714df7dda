package postgresql

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// swap makes the copy a standby and puts it into the place of the old data folder, which is kept beside it.
func (m making) swap() plan.Step {
	keep := "mv " + m.tn.DataDir + " " + m.oldDir()
	if m.opts.DiscardOld {
		keep = "rmdir " + m.tn.DataDir
	}
	s := m.step(plan.Step{
		ID: "swap", Server: m.to(), Title: "put the copy in place of the old data", Lane: m.to(),
		Commands: []string{
			"write standby.signal and postgresql.auto.conf in " + m.newDir(),
			"systemctl stop " + m.tn.Service, keep,
			"mv " + m.newDir() + " " + m.tn.DataDir,
		},
		Disrupts: fmt.Sprintf("%s stops serving its old data (%s), which is kept in %s", m.to(), size(m.tn.used()), path.Base(m.oldDir())),
		Done:     m.swapped,
		Do:       func(ctx context.Context, _ plan.Progress) error { return m.doSwap(ctx) },
		Undo: plan.Undoable("put the old data back and start it", func(ctx context.Context, _ plan.Progress) error {
			return m.undoSwap(ctx)
		}),
	})
	if m.opts.DiscardOld {
		s.Disrupts, s.Undo = "", plan.NoEffect("nothing: the old data is gone")
	}
	return s
}

func (m making) doSwap(ctx context.Context) error {
	r := m.target.Node.Runner
	if err := m.configure(ctx); err != nil {
		return err
	}
	note := kept{
		Run: m.run, Command: m.command, Folder: m.oldDir(), Time: time.Now().UTC().Format(time.RFC3339),
		Running: m.ran, Replica: m.command == commandResync, Bytes: m.tn.used(),
	}
	_, err := r.Run(ctx, asRoot("swap the data folders", swapScript,
		m.tn.DataDir, m.newDir(), m.oldDir(), m.tn.Service, m.tn.BinDir, m.pn.SystemIdentifier, note.line(), m.tn.Owner, m.swappedFile()))
	if err != nil {
		return err
	}
	// Its result is taken over: a later copy must not find it finished.
	return job.At(r, m.jobID()).Remove(ctx)
}

// configure makes the new folder that of a standby, before anything is moved. Run again after the move it does nothing.
func (m making) configure(ctx context.Context) error {
	r, auto := m.target.Node.Runner, autoConfName
	result, err := r.Run(ctx, look("look for the copy", `[ -e "$1" ] && echo there; exit 0`, m.newDir()+".complete"))
	if err != nil || result.Stdout == "" {
		return err
	}
	brought, err := remote.ReadFile(ctx, r, "root", path.Join(m.newDir(), auto))
	if err != nil {
		return err
	}
	own, err := r.Run(ctx, look("read "+auto, `cat "$1" 2>/dev/null || :`, path.Join(m.tn.DataDir, auto)))
	if err != nil {
		return err
	}
	text := standbyConf(string(brought), own.Stdout, m.standbySettings())
	if err := m.putSecret(ctx, path.Join(m.newDir(), auto), []byte(text)); err != nil {
		return err
	}
	if err := m.putSecret(ctx, path.Join(m.newDir(), "standby.signal"), nil); err != nil {
		return err
	}
	return putState(ctx, r, m.writtenFile(), m.writes())
}

func (m making) undoSwap(ctx context.Context) error {
	start := "leave"
	if m.ran {
		start = "start"
	}
	_, err := m.target.Node.Runner.Run(ctx, asRoot("put the old data back", unswapScript,
		m.tn.DataDir, m.newDir(), m.oldDir(), m.tn.Service, start))
	if err != nil {
		return err
	}
	r := m.target.Node.Runner
	if m.command == commandResync && len(m.tn.Written) > 0 {
		err = putState(ctx, r, m.writtenFile(), m.tn.Written)
	} else {
		err = dropState(ctx, r, m.writtenFile())
	}
	if err != nil {
		return err
	}
	return dropState(ctx, r, m.swappedFile())
}

// start starts the standby and waits until it follows.
func (m making) start() plan.Step {
	return m.step(plan.Step{
		ID: "start", Server: m.to(), Title: "start the replica and wait until it follows", Lane: m.to(),
		Commands: []string{"systemctl start " + m.tn.Service},
		Done:     m.streams,
		Do: func(ctx context.Context, report plan.Progress) error {
			log := m.logSize(ctx)
			if err := startService(ctx, m.target, "start"); err != nil {
				return fmt.Errorf("%w%s", err, m.logTail(ctx, log))
			}
			return m.follow(ctx, log, report)
		},
		Undo: plan.Undoable("stop it", func(ctx context.Context, _ plan.Progress) error {
			if mine, err := m.inPlace(ctx); err != nil || !mine {
				return err // what runs there is the old data
			}
			return stopService(ctx, m.target)
		}),
	})
}
