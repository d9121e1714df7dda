//go:build lab

package scenarios

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// The operator's programs before and after a change: the one before can stop it, and both know what it is about.

// hook notes what it is told, and says no where a file asks it to.
const hook = `#!/bin/sh
env | grep '^BELT_' >"told.$BELT_HOOK"
echo "$BELT_HOOK was here"
[ ! -e "refuse.$BELT_HOOK" ] || { echo 'not on a Friday' >&2; exit 9; }
`

// hooked is a world with that program before and after each of the commands.
type hooked struct {
	*world
	dir string
}

func newHooked(w *world) hooked {
	h := hooked{w, filepath.Dir(w.Inventory())}
	h.write("hook", hook, 0o755)
	hooks := "hooks:\n"
	for _, name := range []string{"enable", "resync", "promote", "disable"} {
		hooks += "  before_" + name + ": ./hook\n  after_" + name + ": ./hook\n"
	}
	w.amend("apps:\n", hooks+"apps:\n")
	w.t.Cleanup(func() { // the folder is of all the lab's scenarios
		for _, pattern := range []string{"hook", "told.*", "refuse.*"} {
			names, _ := filepath.Glob(filepath.Join(h.dir, pattern))
			for _, name := range names {
				os.Remove(name)
			}
		}
	})
	return h
}

func (h hooked) write(name, text string, mode os.FileMode) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), mode); err != nil {
		h.t.Fatal(err)
	}
}

// told takes what a hook was told; nil when it was not run.
func (h hooked) told(hook string) map[string]string {
	h.t.Helper()
	path := filepath.Join(h.dir, "told."+hook)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	vars := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		vars[name] = value
	}
	return vars
}

// wasTold fails the test unless the hook was run and told this, besides what every one is told.
func (h hooked) wasTold(hook string, want map[string]string) {
	h.t.Helper()
	got := h.told(hook)
	want["BELT_HOOK"], want["BELT_TARGET"], want["BELT_APP"] = hook, shop, "shop"
	want["BELT_DATABASE"], want["BELT_ENGINE"] = string(labtest.Engine()), string(labtest.Engine())
	want["BELT_INVENTORY"] = h.Inventory()
	for name, value := range want {
		if got[name] != value {
			h.t.Errorf("%s: %s is %q, want %q", hook, name, got[name], value)
		}
	}
	for _, name := range []string{"BELT_RUN", "BELT_PRIMARY_ADDRESS", "BELT_ESTIMATE_SECONDS", "BELT_PRIMARY_UNAVAILABLE_SECONDS"} {
		if got[name] == "" {
			h.t.Errorf("%s: %s is empty: %v", hook, name, got)
		}
	}
}

// goes fails the test unless the hook before stops the command with nothing changed, and the one after cannot undo it.
func (h hooked) goes(name, replica, primary string, args ...string) {
	h.t.Helper()
	args = append([]string{"db"}, args...)
	command := strings.Join(args[:len(args)-3], " ")
	before, inventory := labtest.StateOf(h.t, h.db1, h.db2, h.web1), h.readsInventory()

	h.write("refuse.before_"+name, "", 0o644)
	r := h.belt.Do(h.t, 3, args...)
	if r.Changed || !strings.Contains(r.Error, "nothing was changed") || !strings.Contains(r.Error, "not on a Friday") {
		h.t.Errorf("%s", r.Ended)
	}
	before.Unchanged(h.t, labtest.StateOf(h.t, h.db1, h.db2, h.web1), labtest.Journal)
	if h.readsInventory() != inventory {
		h.t.Errorf("belt.yaml was changed:\n%s", h.readsInventory())
	}
	about := map[string]string{"BELT_COMMAND": command, "BELT_SERVERS": "shop/" + replica, "BELT_PRIMARY": "shop/" + primary, "BELT_OUTCOME": ""}
	h.wasTold("before_"+name, about)
	if told := h.told("after_" + name); told != nil {
		h.t.Errorf("the hook after was run, where the one before said no: %v", told)
	}

	os.Remove(filepath.Join(h.dir, "refuse.before_"+name))
	h.write("refuse.after_"+name, "", 0o644)
	r = h.belt.Do(h.t, 0, args...)
	if told := r.Ended.Stderr; !r.Changed || !strings.Contains(told, "before_"+name+" was here") || !strings.Contains(told, "after_"+name+" of belt.yaml") ||
		!strings.Contains(told, "not on a Friday") {
		h.t.Errorf("%s", r.Ended)
	}
	h.wasTold("before_"+name, about)
	about["BELT_OUTCOME"], about["BELT_EXIT_CODE"], about["BELT_CHANGED"], about["BELT_ERROR"] = "done", "0", "true", ""
	h.wasTold("after_"+name, about)
}

func TestHooks(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	h := newHooked(w)
	enable := []string{"replicate", "enable", shop, "--replica", "db2"}

	// A program that cannot be run is told of before anything happens.
	mode := func(mode os.FileMode) {
		if err := os.Chmod(filepath.Join(h.dir, "hook"), mode); err != nil {
			t.Fatal(err)
		}
	}
	mode(0o644)
	if ended := w.belt.Run(t, "check", "shop", "-o", "json").Want(t, 6); !strings.Contains(ended.Stdout, "cannot be run: permission denied") {
		t.Errorf("%s", ended)
	}
	w.belt.Plan(t, 3, append([]string{"db"}, enable...)...)
	if r := w.belt.Do(t, 3, append([]string{"db"}, enable...)...); !strings.Contains(r.Error, "before_enable") {
		t.Errorf("%s", r.Ended)
	}
	mode(0o755)

	// One after is told of a run that did not come to its end.
	p := w.belt.Start(t, append([]string{"db"}, append(enable, "--yes", "-o", "json")...)...)
	p.AwaitStep("started", w.Ways().Copy)
	p.Signal(os.Interrupt)
	p.Result(130)
	h.told("before_enable")
	h.wasTold("after_enable", map[string]string{"BELT_OUTCOME": "rolled back", "BELT_EXIT_CODE": "130", "BELT_CHANGED": "false"})

	writer := w.appWriter(w.db2)
	h.goes("enable", "db2", "db1", enable...)
	labtest.Systemctl(t, w.db2, "stop")
	h.goes("resync", "db2", "db1", "replicate", "resync", shop, "--replica", "db2")
	w.follows(shop, "db2")
	h.goes("promote", "db2", "db1", "promote", shop, "--replica", "db2")
	w.leads(shop, w.db2, "db1")
	labtest.NothingLost(t, writer, w.db2, w.db1)
	h.goes("disable", "db1", "db2", "replicate", "disable", shop, "--replica", "db1")
	w.standsAlone(w.db1)
	w.Written(t, w.db2)
}
