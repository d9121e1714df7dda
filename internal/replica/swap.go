package replica

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/pkg/plan"
)

const commandResync = "db replicate resync"

// Swap says what an engine adds to putting a copy in the place of the old data.
type Swap struct {
	Commands []string // what the engine does first, for people
	// Guard are two shell functions that call fail TEXT to refuse: ready, unless the copy in $new is what it should be,
	// and stopped, while something still runs in $data. Both get Args.
	Guard string
	Args  []string
	// Configure makes the copy a replica's before anything is moved; run again after the move it does nothing.
	Configure func(context.Context) error
	// Unconfigure takes back what Configure did outside of the copy, before the old data goes back; nil for nothing.
	Unconfigure func(context.Context) error
	// Undone takes back the rest after the old data went back; nil for nothing.
	Undone func(context.Context) error
	// Kept is what the engine has to know to put the old data back later.
	Kept any
}

// failFunction is what the functions of a guard call to refuse.
const failFunction = "fail() {\n\techo \"$*\" >&2\n\texit 1\n}\n"

// Swap puts the copy into the place of the old data folder, which is kept beside it.
func (m Making) Swap(with Swap) plan.Step {
	keep := "mv " + m.Target.DataDir + " " + m.OldDir()
	if m.Options.DiscardOld {
		keep = "rmdir " + m.Target.DataDir
	}
	s := m.Step(plan.Step{
		ID: "swap", Server: m.To(), Title: "put the copy in place of the old data", Lane: m.To(),
		Commands: append(append([]string{}, with.Commands...), "systemctl stop "+m.Target.Unit, keep, "mv "+m.NewDir()+" "+m.Target.DataDir),
		Disrupts: fmt.Sprintf("%s stops serving its old data (%s), which is kept in %s", m.To(), Size(m.Target.Used), path.Base(m.OldDir())),
		Done:     m.Swapped,
		Do:       func(ctx context.Context, _ plan.Progress) error { return m.doSwap(ctx, with) },
		Undo: plan.Undoable("put the old data back and start it", func(ctx context.Context, _ plan.Progress) error {
			return m.undoSwap(ctx, with)
		}),
	})
	if m.Options.DiscardOld {
		s.Disrupts, s.Undo = "", plan.NoEffect("nothing: the old data is gone")
	}
	return s
}

func (m Making) doSwap(ctx context.Context, with Swap) error {
	if with.Configure != nil {
		if err := with.Configure(ctx); err != nil {
			return err
		}
	}
	note := Kept{
		Run: m.Run, Command: m.Command, Folder: m.OldDir(), Time: time.Now().UTC().Format(time.RFC3339),
		Running: m.Ran, Replica: m.Command == commandResync, Bytes: m.Target.Used,
	}
	if with.Kept != nil {
		var err error
		if note.Engine, err = json.Marshal(with.Kept); err != nil {
			return err
		}
	}
	r := m.Target.Runner()
	args := append([]string{m.Target.DataDir, m.NewDir(), m.OldDir(), m.Target.Unit, note.line(), m.Target.Owner, m.SwappedFile()}, with.Args...)
	if _, err := r.Run(ctx, AsRoot("swap the data folders", failFunction+UnitScript+with.Guard+swapScript, args...)); err != nil {
		return err
	}
	// Its result is taken over: a later copy must not find it finished.
	return job.At(r, m.JobID()).Remove(ctx)
}

func (m Making) undoSwap(ctx context.Context, with Swap) error {
	if with.Unconfigure != nil {
		if err := with.Unconfigure(ctx); err != nil {
			return err
		}
	}
	if err := m.unswap(ctx, m.NewDir(), m.OldDir(), m.Ran); err != nil {
		return err
	}
	if with.Undone != nil {
		if err := with.Undone(ctx); err != nil {
			return err
		}
	}
	return DropState(ctx, m.Target.Runner(), m.SwappedFile())
}

// unswap puts the old data folder back, and the one in use aside.
func (m Making) unswap(ctx context.Context, aside, old string, start bool) error {
	_, err := m.Target.Runner().Run(ctx, m.moving("put the old data back", UnitScript+unswapScript,
		m.Target.DataDir, aside, old, m.Target.Unit, Choose(start, "start", "leave")))
	return err
}

// PutBack puts data that was kept in the folder old back in its place, and deletes what is there now.
func (m Making) PutBack(ctx context.Context, old string, start bool) error {
	if err := m.unswap(ctx, m.NewDir(), old, start); err != nil {
		return err
	}
	return m.DropCopy(ctx)
}

// FinishUnswap puts the old data back where a run ended between the two renames and left no data folder.
func (m Making) FinishUnswap(ctx context.Context) error {
	_, err := m.Target.Runner().Run(ctx, AsRoot("put the old data back", UnitScript+`set -e
[ -e "$1" ] || [ ! -e "$2" ] || { mv -T "$2" "$1"; rm -f "$2.json"; start_unit "$3"; }`, m.Target.DataDir, m.OldDir(), m.Target.Unit))
	return err
}

// Discard deletes the target's old data before the copy, where the user gave it up. proof is a file that every data
// folder of the engine has.
func (m Making) Discard(proof string) plan.Step {
	return m.Step(plan.Step{
		ID: "discard", Server: m.To(), Title: "delete the old data", Lane: m.To(),
		Commands: []string{"systemctl stop " + m.Target.Unit, "find " + m.Target.DataDir + " -mindepth 1 -delete"},
		Disrupts: m.To() + " is down from here until the copy is complete",
		Destroys: fmt.Sprintf("%s of data in %s on %s: no undo afterwards", Size(m.Target.Used), m.Target.DataDir, m.To()),
		Done: func(ctx context.Context) (bool, error) {
			if swapped, err := m.Swapped(ctx); err != nil || swapped {
				return swapped, err // what is there is the copy
			}
			result, err := m.Target.Runner().Run(ctx, Look("look for old data",
				`[ -e "$1/$3" ] && [ ! -e "$2" ] && echo there; exit 0`, m.Target.DataDir, m.NewDir()+".complete", proof))
			return result.Stdout == "", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			// The folder itself stays: it may be a mount point, and its mode and owner are the distribution's.
			_, err := m.Target.Runner().Run(ctx, AsRoot("delete the old data",
				UnitScript+`set -e; stop_unit "$1"; find "$2" -mindepth 1 -delete`, m.Target.Unit, m.Target.DataDir))
			return err
		},
		Undo: plan.Permanent("the old data is deleted: --discard-old was given"),
	})
}

// Pause stops a replica whose data is copied anew.
func (m Making) Pause() plan.Step {
	return m.Step(plan.Step{
		ID: "pause", Server: m.To(), Title: "stop the replica while its data is copied anew", Lane: m.To(),
		Commands: []string{"systemctl stop " + m.Target.Unit},
		Disrupts: m.To() + " is down from here until it is a replica again",
		Done:     m.Swapped,
		Do:       func(ctx context.Context, _ plan.Progress) error { return m.Target.Stop(ctx) },
		Undo: plan.Undoable("start it again", func(ctx context.Context, _ plan.Progress) error {
			return m.Target.StartIfDown(ctx)
		}),
	})
}
