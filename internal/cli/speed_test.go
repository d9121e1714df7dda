package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
)

// instant is a world in memory: every server answers at once.
type instant struct {
	mu    sync.Mutex
	state map[string]string // of the toy, by server
}

func (w *instant) Runner(server inventory.Server, label string) remote.Runner {
	return instantly{w, label, server.App + "/" + server.Name}
}

func (w *instant) open(context.Context, *belt, *remote.Secrets) (ops.Connector, func(), error) {
	return w, func() {}, nil
}

type instantly struct {
	*instant
	label, key string
}

func (r instantly) Server() string { return r.label }

func (r instantly) Run(_ context.Context, cmd remote.Command) (remote.Result, error) {
	var in []byte
	if cmd.Stdin != nil {
		in, _ = io.ReadAll(cmd.Stdin)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch cmd.Title {
	case "look at the toy":
		return remote.Result{Stdout: r.state[r.key]}, nil
	case "change the toy":
		r.state[r.key] = string(in)
	}
	return remote.Result{}, nil
}

// noLocks and noFiles answer at once, too.
type noLocks struct{}

func (noLocks) Acquire(ctx context.Context, _ []lock.Place, _ lock.Owner) (context.Context, func(), error) {
	return ctx, func() {}, nil
}
func (noLocks) Probe(context.Context, lock.Place) error { return nil }

type noFiles struct{}

func (noFiles) Look(_ context.Context, servers []envpush.Server) []envpush.Look {
	looks := make([]envpush.Look, len(servers))
	for i, s := range servers {
		for _, v := range s.Vars {
			looks[i].Changes = append(looks[i].Changes, envfile.Change{Name: v.Name, New: v.Value, Kind: envfile.Added})
		}
	}
	return looks
}

func (noFiles) Stage(_ context.Context, servers []envpush.Server) ops.Staged {
	results := make(switched, len(servers))
	for i := range results {
		results[i].Changed = true
	}
	return results
}

type switched []envpush.Result

func (s switched) Switch(context.Context) []envpush.Result { return s }
func (switched) Discard(context.Context)                   {}

func (noFiles) Restore(context.Context, envpush.Server, envpush.Result) error { return nil }

func (noFiles) History(context.Context, string, []remote.Runner) ([]envpush.Past, []error) {
	return nil, nil
}

const mostOwnWork = 50 * time.Millisecond

// TestOwnWork holds belt's own share of a whole enable under 50 ms: three replicas, fifty app servers, every remote
// command answered at once. The best of some runs counts: others use this machine, too.
func TestOwnWork(t *testing.T) {
	best := time.Hour
	for run := 0; run < 5 || best > mostOwnWork && run < 30; run++ {
		dir := t.TempDir()
		w := &instant{state: map[string]string{}}
		var text strings.Builder
		text.WriteString("apps:\n  shop:\n    servers:\n")
		for i := range 4 {
			role := "standalone"
			if i == 0 {
				role = "primary"
			}
			state, err := json.Marshal(instance{Role: role, Rows: 1, Free: 1000, Version: "15.4"})
			if err != nil {
				t.Fatal(err)
			}
			w.state[fmt.Sprintf("shop/db%d", i)] = string(state)
			fmt.Fprintf(&text, "      db%d: {address: 203.0.113.%d}\n", i, i+1)
		}
		var names []string
		for i := range 50 {
			fmt.Fprintf(&text, "      web%d: {address: 198.51.100.%d}\n", i, i+1)
			names = append(names, fmt.Sprintf("web%d", i))
		}
		fmt.Fprintf(&text, "    databases: {postgresql: {servers: [db0]}}\n    env: {file: /etc/shop.env, servers: [%s]}\n", strings.Join(names, ", "))
		path := filepath.Join(dir, "belt.yaml")
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, progress bytes.Buffer
		b := &belt{
			stdin: strings.NewReader(""), stdout: &out, stderr: &progress, getenv: func(string) string { return "" },
			engines: ops.Engines{"postgresql": toy{}}, connect: w.open, locks: noLocks{}, pusher: func(ops.Pushing) ops.Pusher { return noFiles{} },
			args: []string{"db", "replicate", "enable", "shop/postgresql", "--yes", "-f", path,
				"--replica", "db1", "--replica", "db2", "--replica", "db3"},
		}
		begun := time.Now()
		code := b.run(t.Context())
		took := time.Since(begun)
		if code != 0 || !strings.Contains(w.state["shop/db3"], `"replica"`) {
			t.Fatalf("exit code %d: %s", code, progress.String())
		}
		best = min(best, took)
	}
	t.Logf("belt's own work for a whole enable: %s", best)
	if best > mostOwnWork {
		t.Errorf("belt's own work for a whole enable took %s, want at most %s", best, mostOwnWork)
	}
}
