package envpush

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

const file = "/etc/shop/database.env"

// host is a server that is a folder: what is run there runs on this machine, with every path among the arguments moved
// below the folder, and everybody is root. It remembers the titles of what was run.
type host struct {
	remotetest.Local
	root string
	as   string // who runs everything; empty: the user who runs the test
	// before, where set, is called before each command.
	before func(remote.Command)

	mu   *sync.Mutex
	runs *[]string
}

// newHost makes a server with the folder of its file.
func newHost(t *testing.T, name string) *host {
	h := &host{Local: remotetest.Local{Name: name}, root: t.TempDir(), mu: &sync.Mutex{}, runs: &[]string{}}
	if err := os.MkdirAll(filepath.Dir(h.path(file)), 0o755); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *host) path(p string) string { return h.root + p }

func (h *host) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	h.mu.Lock()
	word, _, _ := strings.Cut(remote.Title(c), " ")
	*h.runs = append(*h.runs, word)
	h.mu.Unlock()
	if h.before != nil {
		h.before(c)
	}
	c.As = h.as
	c.Args = slices.Clone(c.Args)
	for i, arg := range c.Args {
		if strings.HasPrefix(arg, "/") {
			c.Args[i] = h.root + arg
		}
	}
	return h.Local.Run(ctx, c)
}

// ran is what was run since it was last asked.
func (h *host) ran() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	runs := strings.Join(*h.runs, " ")
	*h.runs = nil
	return runs
}

func (h *host) write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(h.path(path), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// read is a file's content; "absent" when there is none.
func (h *host) read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(h.path(path))
	if os.IsNotExist(err) {
		return "absent"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// tidy fails the test where a temporary file is left.
func (h *host) tidy(t *testing.T) {
	t.Helper()
	for _, folder := range []string{filepath.Dir(file), DefaultDir + "/env-owed"} {
		entries, err := os.ReadDir(h.path(folder))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != filepath.Base(file) && e.Name() != "real.env" {
				t.Errorf("%s: left over: %s/%s", h.Name, folder, e.Name())
			}
		}
	}
}

// server is what the host is to have.
func (h *host) server(vars ...variables.Var) Server {
	return Server{App: "shop", Runner: h, File: file, Format: envfile.Dotenv, Vars: vars}
}

var address = variables.Var{Name: "POSTGRESQL_ADDRESS", Value: "10.0.0.21"}

// first is the error of the only server.
func one(t *testing.T, results []Result) Result {
	t.Helper()
	if len(results) != 1 {
		t.Fatalf("%d results", len(results))
	}
	return results[0]
}

func mustPush(t *testing.T, s Server) Result {
	t.Helper()
	r := one(t, new(Pusher).Push(t.Context(), []Server{s}))
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
}

func withCancel(t *testing.T) (context.Context, func()) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}
