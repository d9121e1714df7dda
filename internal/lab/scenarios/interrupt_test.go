//go:build lab

package scenarios

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Ctrl-C rolls back; a closed terminal does not stop a copy.

func TestEnableInterrupted(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	own := checksum(t, w.db2)
	inventory := w.readsInventory()
	before := labtest.StateOf(t, w.db1, w.db2, w.web1)
	enable := []string{"db", "replicate", "enable", shop, "--replica", "db2", "--yes", "-o", "json"}
	for _, step := range append(w.interruptible(), w.Ways().Copy+", half-way", "variables") {
		t.Run(step, func(t *testing.T) {
			w := w.on(t)
			writer := w.writer()
			id, half, _ := strings.Cut(step, ",")
			args := enable
			if half != "" {
				args = append(args, w.throttle(3)...)
			}
			sent := false
			p := w.belt.StartHooked(t, func(p *labtest.Process, e labtest.Event) {
				at := e.IsStep(id) && (half == "" && e.Kind == "started" || half != "" && e.Kind == "progress" && e.Done > 6<<20)
				if at && !sent {
					sent = true
					p.Signal(os.Interrupt)
				}
			}, args...)
			r := p.Result(130)
			if r.Changed || len(r.Left) > 0 || !strings.Contains(r.Error, "interrupted") {
				t.Errorf("%s", r.Ended)
			}
			writes := labtest.NothingLost(t, writer, w.db1)
			if writes.Refused != 0 {
				t.Errorf("writes were refused: %s", writes)
			}
			before.Unchanged(t, labtest.StateOf(t, w.db1, w.db2, w.web1), labtest.Journal)
			if diff := cmp.Diff(own, checksum(t, w.db2)); diff != "" {
				t.Errorf("db2 does not serve its old data: %s", diff)
			}
			if w.readsInventory() != inventory {
				t.Errorf("belt.yaml was changed:\n%s", w.readsInventory())
			}
		})
	}
	writer := w.writer()
	w.enable("--replica", "db2")
	w.proven(writer, w.db2)
}

// interruptible are the steps of an enable, each by its name without the server: all but the notes around them.
func (w *world) interruptible() []string {
	w.t.Helper()
	var names []string
	for _, id := range w.belt.Plan(w.t, 0, "db", "replicate", "enable", shop, "--replica", "db2").StepIDs() {
		name, _, _ := strings.Cut(id, ".")
		if name != "begin" && name != "finish" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) < 5 {
		w.t.Fatalf("only the steps %q", names)
	}
	return names
}

func TestTerminalClosedInMidSeed(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	writer := w.writer()
	p := w.slowly()
	enable := p.Args()
	p.Signal(syscall.SIGHUP)
	ended := p.Wait().Want(t, 4)
	if !strings.Contains(ended.Stdout, "goes on by itself") {
		t.Errorf("it does not say that the copy goes on: %s", ended)
	}
	pid := w.copying()
	d := w.belt.Status(t, shop).Database(t, shop)
	if r := d.Replica("db2"); r == nil || r.State != "seeding" {
		t.Errorf("status of a copy on its way: %s", r)
	}
	if ended := w.belt.Run(t, "log", shop); !strings.Contains(ended.Stdout, "goes on by itself") {
		t.Errorf("the log does not tell: %s", ended)
	}

	p = w.belt.Start(t, enable...)
	first := p.Await("the copy", func(e labtest.Event) bool { return e.IsStep(w.Ways().Copy) && e.Kind == "progress" && e.Done > 0 })
	if first.Done < 4<<20 {
		t.Errorf("the copy began anew, at %d bytes", first.Done)
	}
	if now := w.copying(); now != pid {
		t.Errorf("the copying process was %s and is %s", pid, now)
	}
	p.Result(0)
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}

// copying is the process on db2 that copies; none where the database itself does.
func (w *world) copying() string {
	w.t.Helper()
	if program := w.Ways().Copying; program != "" {
		return labtest.Exec(w.t, w.db2, `pgrep -x "$1" -o`, program)
	}
	return ""
}

// A second Ctrl-C leaves at once and says what is left; the same command continues.
func TestInterruptedTwice(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2")
	p := w.slowly()
	p.Signal(os.Interrupt)
	p.Await("the way back", func(e labtest.Event) bool { return e.Kind == "undoing" || e.Kind == "warning" })
	p.Signal(os.Interrupt)
	begun := time.Now()
	r := p.Result(4)
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it left after %s", took)
	}
	if len(r.Left) == 0 {
		t.Errorf("it does not say what is left: %s", r.Ended)
	}
	d := w.belt.Status(t, shop).Database(t, shop)
	if len(d.Leftovers)+len(d.Replicas)+len(d.Problems) == 0 {
		t.Errorf("status tells of nothing: %+v", d)
	}
	w.enable("--replica", "db2")
	w.follows(shop, "db2")
	labtest.Same(t, w.db1, w.db2)
}
