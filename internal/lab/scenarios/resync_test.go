//go:build lab

package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Resync takes the cheapest way that works, and says which; undo takes it back.

var resync = []string{"db", "replicate", "resync", shop}

// state is how status calls the replica db2.
func (w *world) state() string {
	w.t.Helper()
	r := w.belt.Status(w.t, shop).Database(w.t, shop).Replica("db2")
	if r == nil {
		return "none"
	}
	return r.State
}

// ails fails the test unless status finds db2 in that state and knows what mends it.
func (w *world) ails(state string) {
	w.t.Helper()
	s := w.belt.Status(w.t, shop, 6)
	r := s.Database(w.t, shop).Replica("db2")
	if r == nil || r.State != state || r.Problem == "" || !strings.Contains(r.Fix, "resync") {
		w.t.Errorf("want a replica that is %s, with its problem and what mends it: %s", state, s.Ended)
	}
	if r != nil && state == "stopped" && (r.LagBytes != nil || r.LagSeconds != nil) {
		w.t.Errorf("a stopped replica has a lag: %s", r)
	}
}

// mends fails the test unless resync says in advance that it takes the way, takes it, and ends with a replica that is
// equal to its primary.
func (w *world) mends(writer *lab.Writer, method string) labtest.Result {
	w.t.Helper()
	plan := w.belt.Plan(w.t, 0, resync...)
	if notes := strings.Join(plan.Notes, "\n"); !strings.Contains(notes, "db2: "+method+", because") {
		w.t.Errorf("want the plan to say %q: %s", method, notes)
	}
	r := w.belt.Do(w.t, 0, append(resync, "--if-needed")...)
	if !r.Changed {
		w.t.Errorf("nothing was mended: %s", r.Ended)
	}
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
	return r
}

func TestResync(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	w.enable("--replica", "db2")

	t.Run("healthy", func(t *testing.T) {
		ended := w.belt.Run(t, append(resync, "--if-needed")...).Want(t, 0)
		if ended.Stdout+ended.Stderr != "" {
			t.Errorf("not silent: %s", ended)
		}
		if r := w.belt.Do(t, 0, resync...); r.Changed {
			t.Errorf("%s", r.Ended)
		}
	})

	t.Run("stopped", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		labtest.Systemctl(t, w.db2, "stop")
		w.ails("stopped")
		r := w.mends(writer, w.Ways().Stopped)
		if s := r.Step("restart"); s.Status != "done" {
			t.Errorf("%s", r.Ended)
		}
	})

	t.Run("promoted and written", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		w.Diverge(t, w.db1, w.db2)
		w.ails("diverged")
		w.rewound(w.mends(writer, w.Ways().Diverged))
	})

	t.Run("promoted, written and killed", func(t *testing.T) {
		w := w.on(t)
		if w.Ways().RestartsItself {
			t.Skip("systemd starts it again, as the replica that its configuration says it is")
		}
		writer := w.writer()
		w.Diverge(t, w.db1, w.db2)
		do(t, w.db2.KillDatabase)
		w.ails("stopped")
		w.rewound(w.mends(writer, w.Ways().Diverged))
	})

	t.Run("killed", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		do(t, w.db2.KillDatabase)
		if w.Ways().RestartsItself {
			labtest.Eventually(t, "it streams again by itself", func() bool { return w.state() == "streaming" })
			w.proven(writer, w.db2)
			return
		}
		w.ails("stopped")
		w.mends(writer, w.Ways().Stopped)
	})

	t.Run("the log is gone", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		labtest.Systemctl(t, w.db2, "stop")
		w.LoseLog(t, w.db1, w.db2)
		r := w.mends(writer, w.Ways().LogLost)
		if s := r.Step(w.Ways().Copy); s.Status != "done" {
			t.Errorf("%s", r.Ended)
		}
	})

	for _, damage := range w.Damages() {
		t.Run(damage.Name, func(t *testing.T) {
			w := w.on(t)
			writer := w.writer()
			damage.Do(t, w.db1, w.db2)
			w.ails("broken")
			w.mends(writer, "restart")
		})
	}

	t.Run("by a method that was asked for", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		r := w.belt.Do(t, 0, append(resync, "--method", "full")...)
		if s := r.Step(w.Ways().Copy); s.Status != "done" {
			t.Errorf("%s", r.Ended)
		}
		w.follows(shop, "db2")
		w.proven(writer, w.db2)
	})

	t.Run("after all of this", func(t *testing.T) {
		w := w.on(t)
		w.belt.Do(t, 0, "db", "replicate", "cleanup", shop)
		w.belt.Do(t, 0, "db", "replicate", "disable", shop)
		w.standsAlone(w.db2)
	})
}

// rewound fails the test unless a rewind did it, where the engine has one, and not a copy.
func (w *world) rewound(r labtest.Result) {
	w.t.Helper()
	if w.Ways().Diverged != "rewind" {
		return
	}
	if s := r.Step("rewind"); s.Status != "done" {
		w.t.Errorf("no rewind: %s", r.Ended)
	}
	if strings.Contains(r.Ended.Stderr, "copying it whole") || !strings.Contains(r.Ended.Stderr, `"note":"rewound"`) {
		w.t.Errorf("it was copied rather than rewound: %s", r.Ended)
	}
}

func TestUndo(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	undo := []string{"db", "replicate", "undo", shop, "--replica", "db2"}
	own, inventory := checksum(t, w.db2), w.readsInventory()
	before := labtest.StateOf(t, w.db1, w.db2)

	t.Run("after enable", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		w.enable("--replica", "db2")
		w.follows(shop, "db2")
		if r := w.belt.Do(t, 0, undo...); !r.Changed {
			t.Errorf("%s", r.Ended)
		}
		if diff := cmp.Diff(own, checksum(t, w.db2)); diff != "" {
			t.Errorf("db2's old data: %s", diff)
		}
		before.Unchanged(t, labtest.StateOf(t, w.db1, w.db2), labtest.Journal)
		w.follows(shop)
		w.variables(w.web1, map[string]string{"SLAVE_ADDRESSES": ""})
		if got := w.readsInventory(); got != inventory {
			t.Errorf("belt.yaml: %s", cmp.Diff(inventory, got))
		}
		if writes := labtest.NothingLost(t, writer, w.db1); writes.Refused != 0 {
			t.Errorf("writes were refused: %s", writes)
		}
		w.belt.Do(t, 3, undo...) // nothing is kept any more
	})

	t.Run("after resync", func(t *testing.T) {
		w := w.on(t)
		writer := w.writer()
		w.enable("--replica", "db2")
		w.belt.Do(t, 0, "db", "replicate", "cleanup", shop)
		w.Diverge(t, w.db1, w.db2)
		w.belt.Do(t, 0, resync...)
		w.follows(shop, "db2")
		if r := w.belt.Do(t, 0, undo...); !r.Changed {
			t.Errorf("%s", r.Ended)
		}
		if !w.Strayed(t, w.db2) {
			t.Error("what db2 had written itself is gone")
		}
		w.ails("diverged")
		w.belt.Do(t, 0, resync...)
		w.follows(shop, "db2")
		w.proven(writer, w.db2)
	})

	t.Run("not after cleanup", func(t *testing.T) {
		w := w.on(t)
		if r := w.belt.Do(t, 0, "db", "replicate", "cleanup", shop); !r.Changed {
			t.Errorf("%s", r.Ended)
		}
		if kept := w.Kept(t, w.db2); len(kept) > 0 {
			t.Errorf("cleanup left %q", kept)
		}
		w.belt.Do(t, 3, undo...)
		w.follows(shop, "db2")
	})
}

func TestResyncKilled(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2")
	w.enable("--replica", "db2")
	for _, way := range w.crashingWays() {
		for i, p := range way.points {
			t.Run(way.method+" "+p.String(), func(t *testing.T) {
				w := w.on(t)
				writer := w.writer()
				w.Diverge(t, w.db1, w.db2)
				if !w.crash(p, append(resync, "--method", way.method)...) {
					t.Fatalf("never %s", p)
				}
				if s := w.belt.Status(t, shop); s.Ended.Code == 0 && w.state() != "streaming" {
					t.Errorf("status finds nothing: %s", s.Ended)
				}
				if i%3 == 2 {
					w.belt.Do(t, 0, "db", "replicate", "disable", shop, "--replica", "db2")
					w.standsAlone(w.db2)
					w.apart(w.db1)
					w.enable("--replica", "db2")
				} else {
					w.belt.Do(t, 0, append(resync, "--method", way.method)...)
				}
				w.follows(shop, "db2")
				w.proven(writer, w.db2)
				w.belt.Do(t, 0, "db", "replicate", "cleanup", shop)
			})
		}
	}
}

// crashingWay is a way of resync, and where belt is killed on it.
type crashingWay struct {
	method string
	points []crashPoint
}

// crashingWays has points at all steps of a copy that always have something to do.
func (w *world) crashingWays() []crashingWay {
	w.t.Helper()
	var points []crashPoint
	for _, id := range w.belt.Plan(w.t, 0, append(resync, "--method", "full")...).StepIDs() {
		name, _, _ := strings.Cut(id, ".")
		if slices.Contains([]string{"seed", "swap", "aside", "start"}, name) {
			points = append(points, crashPoint{step: id, kind: "started"})
		}
		if name == w.Ways().Copy || name == "prove" {
			points = append(points, crashPoint{step: id, kind: "done"})
		}
	}
	if len(points) < 4 {
		w.t.Fatalf("only the points %v", points)
	}
	ways := []crashingWay{{"full", points}}
	if w.Ways().Diverged == "rewind" {
		ways = append(ways, crashingWay{"rewind", []crashPoint{
			{step: "begin.db2", kind: "done"}, {step: "grant.db2", kind: "done"}, {step: "rewind.db2", kind: "started"}, {step: "rewind.db2", kind: "done"},
			{step: "swap.db2", kind: "started"}, {step: "swap.db2", kind: "done"}, {step: "start.db2", kind: "started"},
		}})
	}
	return ways
}
