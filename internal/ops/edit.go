package ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
)

// edits makes belt.yaml say of the change's targets what they are in the future.
func (c change) edits(f future) func(*inventory.Editor) error {
	if c.promotes {
		return c.turned
	}
	sourceOf := func(n inventory.Target) string {
		switch {
		case c.source != "":
			return c.source
		case n.Database.Source != "": // in a chain, not the root's
			return n.Database.Source
		}
		return c.group.root.String()
	}
	return func(e *inventory.Editor) error {
		if a := c.adds; a != nil {
			if err := e.AddServer(a.App, a.Name, a.Address, a.Internal, a.SSH.HostKey); err != nil {
				return err
			}
			if err := e.SetProvider(a.App, a.Name, a.Provider); err != nil {
				return err
			}
		}
		for _, n := range c.targets {
			t, err := e.Inventory().Target(n.App + "/" + n.Database)
			if err != nil {
				return err
			}
			elsewhere := n.App != c.group.root.App.Name || n.Database != c.group.root.Database.Name
			switch follows := contains(f.replicas, n); {
			case follows && elsewhere:
				err = e.SetSource(n.App, n.Database, sourceOf(t))
			case follows:
				err = e.AddMember(n.App, n.Database, n.Server)
			case elsewhere:
				err = e.ClearSource(n.App, n.Database)
			case len(t.Database.Servers) > 1:
				err = e.RemoveMember(n.App, n.Database, n.Server)
			}
			if err != nil {
				return err
			}
		}
		if c.removes != "" {
			return e.RemoveServer(c.group.root.App.Name, c.removes)
		}
		return nil
	}
}

// inventoryStep is the step that makes belt.yaml true again. It is nil when nothing has to be written, and when the file
// cannot be written: then note says what to do by hand, for the databases do not depend on it.
func (s *Session) inventoryStep(c change, f future) (step *plan.Step, note string) {
	path, name := s.Inventory.Path, filepath.Base(s.Inventory.Path)
	diff, err := inventory.Preview(path, c.edits(f))
	switch {
	case err != nil:
		return nil, byHand(name, err, diff)
	case len(diff) == 0:
		return nil, ""
	}
	if err := writable(path); err != nil {
		return nil, byHand(name, err, diff)
	}
	var before, after []byte
	step = &plan.Step{
		ID: "inventory", Title: "write the new roles into " + name,
		Commands: strings.Split(strings.TrimSpace(diff.String()), "\n"),
		Done: func(context.Context) (bool, error) {
			left, err := inventory.Preview(path, c.edits(f))
			return err == nil && len(left) == 0, nil
		},
		Do: func(context.Context, plan.Progress) error {
			was, err := os.ReadFile(path)
			if err == nil {
				_, err = inventory.Edit(path, "", c.edits(f))
			}
			if err != nil { // hours of copying are not given up for a file on this machine
				s.Screen.Warn(byHand(name, err, diff))
				return nil
			}
			before = was
			after, err = os.ReadFile(path)
			return err
		},
		Undo: plan.Undoable("put back the text that it had", func(context.Context, plan.Progress) error {
			return putBack(path, before, after)
		}),
	}
	return step, ""
}

// byHand says what the user has to write.
func byHand(name string, err error, diff inventory.Diff) string {
	var edit *inventory.EditError
	if errors.As(err, &edit) {
		return fmt.Sprintf("%v: when this is done, change it by hand: %s", err, edit.Wish)
	}
	return fmt.Sprintf("%s cannot be written (%v): when this is done, change it by hand:\n%s", name, err, diff)
}

// putBack writes the text that a file had; nil is none. A file that somebody has changed since is left to them.
func putBack(path string, before, after []byte) error {
	if before == nil {
		return nil
	}
	now, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, after) {
		return fmt.Errorf("%s was changed by somebody else in the meantime", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = next.Write(before)
	err = errors.Join(err, next.Chmod(info.Mode().Perm()), next.Sync(), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
}

// writable tells whether the file can be replaced.
func writable(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return errors.Unwrap(err)
	}
	return file.Close()
}
