//go:build lab

package scenarios

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Cables pulled in mid-seed, servers that die, a disk that fills up.

// slowly is an enable that takes so long that something can happen in the middle.
func (w *world) slowly(args ...string) *labtest.Process {
	w.t.Helper()
	all := append([]string{"db", "replicate", "enable", shop, "--replica", "db2", "--yes", "-o", "json"}, append(w.throttle(2), args...)...)
	p := w.belt.Start(w.t, all...)
	p.Await("a copy on its way", func(e labtest.Event) bool { return e.IsStep(w.Ways().Copy) && e.Kind == "progress" && e.Done > 4<<20 })
	return p
}

// throttle holds a copy to db2 to so many megabytes of data a second: by the flags that it returns, or by the network, where
// an engine without such a flag sends the lab's data compressed to about a fifth.
func (w *world) throttle(mb int) []string {
	w.t.Helper()
	if w.Ways().Instant {
		w.t.Skip("NOT RUN: the stand-in for mongod copies at once, and nothing can happen in the middle")
	}
	if w.Ways().MaxRate {
		return []string{"--max-rate", fmt.Sprintf("%dMB", mb)}
	}
	do(w.t, w.db1.Heal)
	do(w.t, func(ctx context.Context) error { return w.db1.SlowTo(ctx, w.db2, mb*200) })
	w.t.Cleanup(func() {
		if err := w.db1.Heal(context.WithoutCancel(w.t.Context())); err != nil {
			w.t.Log(err) // it may be down
		}
	})
	return nil
}

func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select { // the fault's duration, not a state that could be polled for
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

func TestOperatorCutOffInMidSeed(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	writer := w.writer()
	p := w.slowly()
	do(t, func(ctx context.Context) error { return w.db2.Disconnect(ctx, lab.External) })
	wait(t, 12*time.Second)
	do(t, func(ctx context.Context) error { return w.db2.Connect(ctx, lab.External) })
	r := p.Result(0)
	if s := r.Step(w.Ways().Copy); s.Status != "done" {
		t.Errorf("%s", r.Ended)
	}
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}

func TestTargetGoneForLong(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	writer := w.writer()
	p := w.slowly()
	do(t, func(ctx context.Context) error { return w.db2.BlockPort(ctx, 22) })
	r := p.Result(4)
	if !strings.Contains(r.Error, "db2") || !strings.Contains(r.Error, "goes on by itself") || !strings.Contains(r.Hint, "same command") {
		t.Errorf("it does not say what goes on where, and what to do: %s", r.Ended)
	}
	// Meanwhile nobody can tell how db2 is, and status says so.
	s := w.belt.Status(t, shop)
	if s.Ended.Code == 0 {
		t.Errorf("status of a server that does not answer: %s", s.Ended)
	}
	do(t, w.db2.Heal)
	labtest.Eventually(t, "the lock is free and db2 answers", func() bool { return w.belt.Run(t, "db", "status", shop).Code != 8 })
	again := w.belt.Start(t, "db", "replicate", "enable", shop, "--replica", "db2", "--yes", "-o", "json")
	again.Result(0)
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}

func TestServersCutOffFromEachOtherInMidSeed(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	own := checksum(t, w.db2)
	before := labtest.StateOf(t, w.db1, w.db2, w.web1)
	writer := w.writer()
	p := w.slowly()
	do(t, func(ctx context.Context) error { return w.db2.Cut(ctx, w.db1) })
	if w.Ways().WaitsOut {
		w.goesOn(p)
		w.proven(writer, w.db2)
		return
	}
	r := p.Result(1)
	do(t, w.db2.Heal)
	w.rolledBack(before, own, writer)
	if !strings.Contains(r.Error, "db2") || !strings.Contains(r.Error, "rolled back") {
		t.Errorf("%s", r.Ended)
	}
}

// goesOn sees a copy wait for db1, lets db2 reach it again, and fails the test unless the same run ends with a replica.
func (w *world) goesOn(p *labtest.Process) {
	w.t.Helper()
	w.waits(p)
	do(w.t, w.db2.Heal)
	p.Result(0)
	w.follows(shop, "db2")
}

// waits sees a copy say that it does not see db1.
func (w *world) waits(p *labtest.Process) {
	w.t.Helper()
	p.Await("the copy waits", func(e labtest.Event) bool { return strings.Contains(e.Note, "no connection to db1") })
}

// rolledBack fails the test unless everything is as it was before an enable, but for what matches one of the patterns changed.
func (w *world) rolledBack(before labtest.State, own map[string]string, writer *lab.Writer, changed ...string) {
	w.t.Helper()
	before.Unchanged(w.t, labtest.StateOf(w.t, w.db1, w.db2, w.web1), append(changed, labtest.Journal)...)
	if diff := cmp.Diff(own, checksum(w.t, w.db2)); diff != "" {
		w.t.Errorf("db2 does not serve its old data: %s", diff)
	}
	w.follows(shop)
	if writes := labtest.NothingLost(w.t, writer, w.db1); writes.Refused != 0 {
		w.t.Errorf("writes were refused: %s", writes)
	}
}

func TestPrimaryRestartedInMidSeed(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	own := checksum(t, w.db2)
	before := labtest.StateOf(t, w.db1, w.db2, w.web1)
	writer := w.writer()
	p := w.slowly()
	labtest.Systemctl(t, w.db1, "restart")
	if w.Ways().RetriesCopy {
		p.Result(0)
		w.follows(shop, "db2")
		if writes := labtest.NothingLost(t, writer, w.db1, w.db2); writes.Refused == 0 {
			t.Errorf("the restart went unseen: %s", writes)
		}
		labtest.Same(t, w.db1, w.db2)
		return
	}
	r := p.Result(1)
	if !strings.Contains(r.Error, "rolled back") {
		t.Errorf("%s", r.Ended)
	}
	before.Unchanged(t, labtest.StateOf(t, w.db1, w.db2, w.web1), labtest.Journal)
	if diff := cmp.Diff(own, checksum(t, w.db2)); diff != "" {
		t.Errorf("db2 does not serve its old data: %s", diff)
	}
	waitForMore(t, writer)
	if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused == 0 {
		t.Errorf("the restart went unseen: %s", writes)
	}
	writer = w.writer()
	w.enable("--replica", "db2")
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}

func TestPrimaryKilledInMidSeed(t *testing.T) {
	w := worldOf(t, specWith("shop", "db1", durable), 30, "shop/db1", "shop/db2")
	w.ownData(w.db2)
	writer := w.writer()
	p := w.slowly()
	do(t, w.db1.Kill)
	ended := p.Wait()
	if ended.Code != 1 && ended.Code != 4 {
		t.Errorf("want exit code 1 or 4: %s", ended)
	}
	if s := w.belt.Status(t, shop, 8); len(s.Databases) != 1 {
		t.Errorf("%s", s.Ended)
	}
	do(t, w.db1.Start)
	do(t, w.db1.WaitReady)
	waitForMore(t, writer)
	if d := w.belt.Status(t, shop).Database(t, shop); ended.Code == 4 && len(d.Leftovers)+len(d.Replicas)+len(d.Problems) == 0 {
		t.Errorf("status tells nothing of what was left: %+v", d)
	}
	w.servesSomething(w.db2)
	w.enable("--replica", "db2")
	w.follows(shop, "db2")
	writes := labtest.NothingLost(t, writer, w.db1, w.db2)
	if writes.Refused == 0 {
		t.Errorf("the death of the primary went unseen: %s", writes)
	}
	labtest.Same(t, w.db1, w.db2)
}

func TestDiskFullInMidSeed(t *testing.T) {
	spec := specWith("shop", "db2", func(s *lab.ServerSpec) { s.DiskMB = 400 })
	w := worldOf(t, spec, 60, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	do(t, func(ctx context.Context) error { return w.db2.FillDisk(ctx, w.db2.Kind.DataDisk(), 60) })
	own := checksum(t, w.db2)
	before := labtest.StateOf(t, w.db1, w.db2, w.web1)
	writer := w.writer()
	enable := []string{"db", "replicate", "enable", shop, "--replica", "db2"}

	r := w.belt.Do(t, 3, enable...)
	if !strings.Contains(r.Error, "db2: disk: needs ") || !strings.Contains(r.Error, ", has 6") || r.Hint == "" {
		t.Errorf("want the numbers: %s", r.Ended)
	}
	before.Unchanged(t, labtest.StateOf(t, w.db1, w.db2, w.web1))

	w.rolledBack(before, own, writer, w.diskFull()...)
}

// diskFull enables on a disk that is too small for the copy, and fails the test unless that fails and is rolled back. A copy that
// comes into memory becomes a replica all the same, and an undo brings the old data back while the disk is full still; then it
// returns what is not as it was before.
func (w *world) diskFull() (changed []string) {
	w.t.Helper()
	enable := []string{"db", "replicate", "enable", shop, "--replica", "db2", "--skip-check", "disk"}
	if w.Ways().InMemory {
		w.belt.Do(w.t, 0, enable...)
		w.follows(shop, "db2")
		do(w.t, func(ctx context.Context) error { return w.db2.FillDisk(ctx, w.db2.Kind.DataDisk(), 1) })
		w.belt.Do(w.t, 0, "db", "replicate", "undo", shop, "--replica", "db2")
		return []string{variablesOf}
	}
	r := w.belt.Do(w.t, 1, enable...)
	if !noSpace.MatchString(r.Error) || !strings.Contains(r.Error, "rolled back") {
		w.t.Errorf("%s", r.Ended)
	}
	return nil
}

// noSpace is how the system says it, and MySQL, which looks before it copies.
var noSpace = regexp.MustCompile(`(?i)no space left on device|available space \S+ \S+ is not enough`)

// variablesOf are the files of the app server, of which a look at all servers tells: they are there once it has had a replica.
const variablesOf = "^shop/web1: "

// durable makes a server keep what it has acknowledged over a power cut.
func durable(s *lab.ServerSpec) {
	if s.Kind.IsEngine() {
		s.Settings = labtest.KitOf(s.Kind).Durable()
	}
}
