package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

const failFunction = "fail() {\n\techo \"$*\" >&2\n\texit 1\n}\n"

// aside keeps the target's old data aside, whole, and leaves a server that will start empty, as a replica.
func (m making) aside() plan.Step {
	files := strings.Join(m.tn.files(), " ")
	s := m.Step(plan.Step{
		ID: "aside", Server: m.To(), Title: "keep its old data aside, and make it start as a replica", Lane: m.To(),
		Commands: []string{
			"SAVE", "systemctl stop " + m.tn.Unit, "mv " + files + " to " + m.OldDir(),
			"to " + m.tn.Config + ": include " + m.tn.dropIn(),
		},
		Disrupts: fmt.Sprintf("%s stops serving its old data (%s), which is kept in %s", m.To(), replica.Size(m.Target.Used), path.Base(m.OldDir())),
		Done:     m.Swapped,
		Do:       func(ctx context.Context, _ plan.Progress) error { return m.doAside(ctx) },
		Undo: plan.Undoable("put the old data back and start it", func(ctx context.Context, _ plan.Progress) error {
			return m.undoAside(ctx)
		}),
	})
	if m.Options.DiscardOld {
		s.Title, s.Disrupts = "make it start as a replica", ""
		s.Commands = s.Commands[3:]
		s.Undo = plan.Undoable("make it start as a server of its own, empty", func(ctx context.Context, _ plan.Progress) error {
			return m.undoAside(ctx)
		})
	}
	return s
}

// discard deletes the target's old data, where the user gave it up.
func (m making) discard() plan.Step {
	files := strings.Join(m.tn.files(), " ")
	return m.Step(plan.Step{
		ID: "discard", Server: m.To(), Title: "delete its old data", Lane: m.To(),
		Commands: []string{"systemctl stop " + m.tn.Unit, "rm -r " + files},
		Disrupts: m.To() + " is down from here until it has the copy",
		Destroys: fmt.Sprintf("%s of data in %s on %s: no undo afterwards", replica.Size(m.Target.Used), m.tn.Dir, m.To()),
		Done: func(ctx context.Context) (bool, error) {
			if swapped, err := m.Swapped(ctx); err != nil || swapped {
				return swapped, err // what is there is the copy
			}
			result, err := m.target.Node.Runner.Run(ctx, replica.Look("look for old data", moveScript+`there "$@" && echo there; exit 0`, append([]string{m.tn.data()}, m.tn.files()...)...))
			return err == nil && strings.TrimSpace(result.Stdout) == "", err
		},
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.runAside(ctx, "delete") },
		Undo: plan.Permanent("the old data is deleted: --discard-old was given"),
	})
}

// runAside stops the instance and moves its files, or deletes them.
func (m making) runAside(ctx context.Context, note string) error {
	args := append([]string{m.tn.data(), m.OldDir(), m.tn.Unit, note}, m.tn.files()...)
	_, err := m.target.Node.Runner.Run(ctx, replica.AsRoot("keep the old data aside", failFunction+moveScript+asideScript, args...))
	return err
}

func (m making) doAside(ctx context.Context) error {
	if !m.Options.DiscardOld {
		note, err := json.Marshal(keptNote{LetGo: m.Command == commandResync && !m.was})
		if err != nil {
			return err
		}
		record := replica.Kept{
			Run: m.Run, Command: m.Command, Folder: m.OldDir(), Time: time.Now().UTC().Format(time.RFC3339),
			Running: m.Ran, Replica: m.Command == commandResync, Bytes: m.Target.Used, Engine: note,
		}
		text, err := json.Marshal(record)
		if err != nil {
			return err
		}
		if err := m.saveAll(ctx); err != nil {
			return err
		}
		if err := m.runAside(ctx, string(text)); err != nil {
			return err
		}
	} else if err := m.Target.Stop(ctx); err != nil { // an undo may have started it, empty
		return err
	}
	if m.held != nil {
		next, err := readSettings(ctx, m.target, m.nextFile())
		if err != nil {
			return err
		}
		if len(next) > 0 { // else an attempt before has moved it
			if err := writeDropIn(ctx, m.target, next); err != nil {
				return err
			}
		}
	}
	if err := included(ctx, m.target, true); err != nil {
		return err
	}
	if err := m.putRaw(ctx, m.SwappedFile(), m.Run); err != nil || m.held == nil {
		return err
	}
	return replica.DropState(ctx, m.target.Node.Runner, m.nextFile())
}

// putRaw notes a word.
func (m making) putRaw(ctx context.Context, file, word string) error {
	_, err := m.target.Node.Runner.Run(ctx, replica.AsRoot("note "+path.Base(file), `set -e
install -d -m 0711 /var/lib/belt "$(dirname "$1")"
printf '%s\n' "$2" >"$1"
sync "$1"`, file, word))
	return err
}

// saveAll writes what the instance has in memory to disk. An instance with an append-only file has it there already.
func (m making) saveAll(ctx context.Context) error {
	if !m.target.Running || m.tn.logsChanges() {
		return nil
	}
	if err := answers(ctx, m.target); err != nil {
		return nil // an earlier attempt stopped it
	}
	_, err := change(ctx, m.target, "save the old data", command{"SAVE"})
	return err
}

// before are the settings of the target that Belt's file gives other values.
func (m making) before() saved {
	if m.noted != nil {
		return m.noted
	}
	record := m.tn.written()
	for _, s := range m.followSettings() {
		if _, noted := record[s.Name]; !noted && s.Name != "replicaof" {
			record[s.Name] = m.tn.Settings[s.Name]
		}
	}
	return record
}

// undoAside brings the server back that was there before. That the data was set aside is forgotten first: what is undone
// half is no more done.
func (m making) undoAside(ctx context.Context) error {
	if err := replica.DropState(ctx, m.target.Node.Runner, m.SwappedFile()); err != nil {
		return err
	}
	if m.held != nil {
		if err := writeDropIn(ctx, m.target, m.held); err != nil {
			return err
		}
	} else if !m.following {
		if err := m.unfollow(ctx); err != nil {
			return err
		}
	}
	if !m.following {
		if err := m.impatient(ctx); err != nil {
			return err
		}
	}
	if m.following && !m.was {
		return m.putBackFree(ctx)
	}
	if m.Options.DiscardOld { // nothing is moved, so nothing stops it
		if err := m.Target.Stop(ctx); err != nil {
			return err
		}
	}
	return m.PutBack(ctx, m.OldDir(), m.Ran)
}

// putBackFree brings a server back that was let go behind Belt's back: its files still make it a replica. Started like
// that it would take the primary's data in the place of its own; so it is started without the line, which then comes back.
func (m making) putBackFree(ctx context.Context) error {
	whole, err := readDropIn(ctx, m.target)
	if err != nil {
		return err
	}
	if whole = with(whole, m.followSettings()[0]); m.Link.Address == "" {
		return fmt.Errorf("%s: nothing is known of the way to its primary", m.To())
	}
	free := without(slices.Clone(whole), func(s conf.Setting) bool { return s.Name == "replicaof" })
	if err := writeDropIn(ctx, m.target, free); err != nil {
		return err
	}
	if err := m.PutBack(ctx, m.OldDir(), m.Ran); err != nil {
		return err
	}
	if m.Ran {
		if err := m.Target.AwaitAnswer(ctx, answerPatience); err != nil {
			return err
		}
	}
	return writeDropIn(ctx, m.target, whole)
}
