package transfer

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/transfer/mover"
	"github.com/dbbelt/belt/internal/transfer/programs"
	"github.com/dbbelt/belt/internal/transfer/task"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// TestMain makes the tests' program the mover, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == programs.Argument {
		os.Exit(mover.Main(context.Background(), os.Args[2:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// self packs the tests' program, once.
var self = sync.OnceValues(func() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(w, in); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
})

// local is a server that is this machine, on which everybody is root.
type local struct{ remotetest.Local }

func (l local) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.As = ""
	return l.Local.Run(ctx, c)
}

// world is two servers, which are this machine, with folders of their own.
type world struct {
	*testing.T
	dir    string
	jobs   *Jobs
	stream Stream
	notes  notes
}

// notes is what was reported.
type notes struct {
	mu    sync.Mutex
	done  int64
	total int64
	all   []string
}

func (n *notes) report(done, total int64, note string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.done, n.total = done, total
	n.all = append(n.all, note)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.all, "\n")
}

// newWorld has a stream with these scripts, which get the world's folder as $1.
func newWorld(t *testing.T, send, receive string) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir()}
	w.jobs = New()
	w.jobs.hasty = true
	w.jobs.program = func(string) ([]byte, error) { return self() }
	w.jobs.options = []job.Option{job.In(filepath.Join(w.dir, "belt"))}
	ports := task.Ports{First: 20000 + rand.IntN(10000), Count: 3}
	w.stream = Stream{
		ID: fmt.Sprintf("test.%d.%d", os.Getpid(), rand.IntN(1e9)), Title: "copy the data from db1",
		From: End{Runner: local{remotetest.Local{Name: "db1"}}, Arch: "x86_64", Script: send, Args: []string{w.dir}},
		To:   End{Runner: local{remotetest.Local{Name: "db2"}}, Arch: "x86_64", Script: receive, Args: []string{w.dir}},
		Path: Path{Way: ToPush, Address: "127.0.0.1", Ports: ports},
	}
	t.Cleanup(func() {
		if err := w.jobs.Stop(context.Background(), w.stream); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return w
}

func (w *world) run() error {
	ctx, cancel := context.WithTimeout(w.Context(), 2*time.Minute)
	defer cancel()
	return w.jobs.Run(ctx, w.stream, w.notes.report)
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) write(name string, content []byte) {
	w.Helper()
	if err := os.WriteFile(w.path(name), content, 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *world) read(name string) string {
	content, err := os.ReadFile(w.path(name))
	if err != nil {
		return ""
	}
	return string(content)
}

func (w *world) until(what string, ok func() bool) {
	w.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("%s: not within 30 s", what)
		}
	}
}

const (
	sends    = `cat "$1/in"`
	receives = `cat >"$1/out" && : >"$1/complete"`
)

func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	out := make([]byte, n)
	_, _ = r.Read(out)
	return out
}
