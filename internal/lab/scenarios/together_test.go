//go:build lab

package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Two runs at once: the second is told who has the lock. A run that dies frees it.

func TestTwoRunsAtOnce(t *testing.T) {
	w := newWorld(t, 30, "shop/db1", "shop/db2", "shop/web1")
	writer := w.writer()
	enable := append([]string{"db", "replicate", "enable", shop, "--replica", "db2"}, w.throttle(2)...)
	first := w.belt.Start(t, append(enable, "--yes", "-o", "json")...)
	copying := func(e labtest.Event) bool { return e.IsStep(w.Ways().Copy) && e.Kind == "progress" && e.Done > 1<<20 }
	first.Await("a copy on its way", copying)

	for _, second := range [][]string{
		enable,
		{"db", "replicate", "disable", shop, "--replica", "db2"},
		{"db", "replicate", "resync", shop, "--replica", "db2", "--method", "full"},
	} {
		r := w.belt.Do(t, 5, second...)
		for _, want := range []string{"another run holds the lock", "root@", "db replicate enable " + shop, "since "} {
			if !strings.Contains(r.Error, want) {
				t.Errorf("%s: no %q in %q", second[2], want, r.Error)
			}
		}
		if r.Changed || len(r.Steps) > 0 || r.Hint == "" {
			t.Errorf("%s", r.Ended)
		}
	}
	if !first.Running() {
		t.Fatalf("the first run ended: %s", first.Wait())
	}
	if ended := w.belt.Run(t, "log", shop, "-o", "json"); !strings.Contains(ended.Stdout, `"outcome": "running"`) {
		t.Errorf("the log does not tell of the run: %s", ended)
	}
	if left := w.Left(t, w.db1); !slices.ContainsFunc(left, about("db2")) {
		t.Errorf("the others took away what the first run had made: %q", left)
	}

	first.Kill()
	var second *labtest.Process
	labtest.Eventually(t, "the lock of a dead run is free", func() bool {
		second = w.belt.Start(t, append(enable, "--yes", "-o", "json")...)
		select {
		case <-second.Over():
			return second.Wait().Code != 5
		case <-second.Seen(func(e labtest.Event) bool { return e.IsStep("begin") }):
			return true
		}
	})
	second.Result(0)
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}
