package job

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

type world struct {
	*testing.T
	base string
	id   string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	base, err := os.MkdirTemp("", "belt-job-") // not t.TempDir: another user has to be able to reach it
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, base: base, id: fmt.Sprintf("test.%d.%s", os.Getpid(), filepath.Base(base)[len("belt-job-"):])}
	t.Cleanup(func() {
		if err := At(db2, w.id, In(base), hasty).Remove(context.Background()); err != nil {
			t.Errorf("remove: %v", err)
		}
		os.RemoveAll(base)
	})
	return w
}

func (w *world) spec(script string, args ...string) Spec {
	return Spec{ID: w.id, Title: "copy the data", Script: script, Args: args}
}

func (w *world) start(s Spec) *Job {
	w.Helper()
	j, err := Start(w.Context(), db2, s, In(w.base), hasty)
	if err != nil {
		w.Fatalf("start: %v", err)
	}
	return j
}

func hasty(p *place) { p.wait, p.grace = 2*time.Second, time.Second }

func (w *world) file(name string) string { return filepath.Join(w.base, name) }

func (w *world) text(name string) string {
	b, err := os.ReadFile(w.file(name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func (w *world) until(what string, ok func() bool) {
	w.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("%s: not within 10 s", what)
		}
	}
}

func (w *world) pid(name string) int {
	w.Helper()
	w.until(name+" has a pid", func() bool { return w.text(name) != "" })
	pid, err := strconv.Atoi(strings.Fields(w.text(name))[0])
	if err != nil {
		w.Fatal(err)
	}
	return pid
}

func runs(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func booted() bool {
	_, err := os.Stat("/run/systemd/system")
	return err == nil
}

func (w *world) touch(name string) {
	if err := os.WriteFile(w.file(name), nil, 0o600); err != nil {
		w.Error(err)
	}
}
