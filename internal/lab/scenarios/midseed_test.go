//go:build lab

package scenarios

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// What every change runs of faults in mid-seed: one after the other on the same servers. make faults has each of them, and
// more, on servers of its own.
func TestFaultsInMidSeed(t *testing.T) {
	spec := specWith("shop", "db2", func(s *lab.ServerSpec) { s.DiskMB = 1500 }) // MySQL has 200 MB of its own
	w := worldOf(t, spec, 40, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	own := checksum(t, w.db2)
	before := labtest.StateOf(t, w.db1, w.db2, w.web1)
	var changed []string // by a run that ended well

	t.Run("the servers are cut off from each other", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		p := w.slowly()
		do(t, func(ctx context.Context) error { return w.db2.Cut(ctx, w.db1) })
		if w.Ways().WaitsOut {
			w.goesOn(p)
			w.belt.Do(t, 0, "db", "replicate", "undo", shop, "--replica", "db2")
			changed = []string{variablesOf}
			w.rolledBack(before, own, writer, changed...)
			return
		}
		r := p.Result(1)
		do(t, w.db2.Heal)
		if !strings.Contains(r.Error, "db2") || !strings.Contains(r.Error, "rolled back") {
			t.Errorf("%s", r.Ended)
		}
		w.rolledBack(before, own, writer)
	})
	if w.Ways().WaitsOut {
		t.Run("the servers are cut off from each other, and somebody gives up", func(t *testing.T) {
			w := w.on(t)
			writer := w.writer()
			p := w.slowly()
			do(t, func(ctx context.Context) error { return w.db2.Cut(ctx, w.db1) })
			w.waits(p)
			p.Signal(os.Interrupt)
			p.Result(130)
			do(t, w.db2.Heal)
			w.rolledBack(before, own, writer, changed...)
		})
	}
	t.Run("the target's disk is full", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		do(t, func(ctx context.Context) error { return w.db2.FillDisk(ctx, w.db2.Kind.DataDisk(), 40) })
		changed = append(changed, w.diskFull()...)
		do(t, func(ctx context.Context) error { return w.db2.FreeDisk(ctx, w.db2.Kind.DataDisk()) })
		w.rolledBack(before, own, writer, changed...)
	})
	t.Run("the primary restarts", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		p := w.slowly()
		labtest.Systemctl(t, w.db1, "restart")
		may := append([]string{labtest.Journal}, changed...)
		if w.Ways().RetriesCopy {
			p.Result(0)
			w.follows(shop, "db2")
			w.belt.Do(t, 0, "db", "replicate", "undo", shop, "--replica", "db2")
			may = append(may, variablesOf)
		} else {
			p.Result(1)
		}
		waitForMore(t, writer)
		before.Unchanged(t, labtest.StateOf(t, w.db1, w.db2, w.web1), may...)
		if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused == 0 {
			t.Errorf("the restart went unseen: %s", writes)
		}
	})
	t.Run("the operator is cut off", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		p := w.slowly()
		do(t, func(ctx context.Context) error { return w.db2.Disconnect(ctx, lab.External) })
		wait(t, 5*time.Second)
		do(t, func(ctx context.Context) error { return w.db2.Connect(ctx, lab.External) })
		p.Result(0)
		w.follows(shop, "db2")
		w.proven(writer, w.db2)
	})
}
