//go:build lab

package scenarios

import (
	"os"
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
	for _, step := range []string{"settings", "role", "hba", "slot", "seed", "seed, half-way", "swap", "start", "prove", "variables"} {
		t.Run(step, func(t *testing.T) {
			w := w.on(t)
			writer := w.writer()
			id, half, _ := strings.Cut(step, ",")
			args := enable
			if half != "" {
				args = append(args, "--max-rate", "3MB")
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

func TestTerminalClosedInMidSeed(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	writer := w.writer()
	enable := []string{"db", "replicate", "enable", shop, "--replica", "db2", "--max-rate", "2MB", "--yes", "-o", "json"}
	p := w.belt.Start(t, enable...)
	p.Await("a copy on its way", func(e labtest.Event) bool { return e.IsStep("seed") && e.Kind == "progress" && e.Done > 4<<20 })
	p.Signal(syscall.SIGHUP)
	ended := p.Wait().Want(t, 4)
	if !strings.Contains(ended.Stdout, "goes on by itself") {
		t.Errorf("it does not say that the copy goes on: %s", ended)
	}
	copying := `pgrep -x pg_basebackup -o`
	pid := labtest.Exec(t, w.db2, copying)
	d := w.belt.Status(t, shop).Database(t, shop)
	if r := d.Replica("db2"); r == nil || r.State != "seeding" {
		t.Errorf("status of a copy on its way: %s", r)
	}
	if ended := w.belt.Run(t, "log", shop); !strings.Contains(ended.Stdout, "goes on by itself") {
		t.Errorf("the log does not tell: %s", ended)
	}

	p = w.belt.Start(t, enable...)
	first := p.Await("the copy", func(e labtest.Event) bool { return e.IsStep("seed") && e.Kind == "progress" && e.Done > 0 })
	if first.Done < 4<<20 {
		t.Errorf("the copy began anew, at %d bytes", first.Done)
	}
	if now := labtest.Exec(t, w.db2, copying); now != pid {
		t.Errorf("pg_basebackup was process %s and is %s", pid, now)
	}
	p.Result(0)
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}

// A second Ctrl-C leaves at once and says what is left; the same command continues.
func TestInterruptedTwice(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2")
	p := w.belt.Start(t, "db", "replicate", "enable", shop, "--replica", "db2", "--max-rate", "2MB", "--yes", "-o", "json")
	p.Await("a copy on its way", func(e labtest.Event) bool { return e.IsStep("seed") && e.Kind == "progress" && e.Done > 4<<20 })
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
