package transfer

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/transfer/task"
	"github.com/dbbelt/belt/pkg/plan"
)

func TestRun(t *testing.T) {
	for _, way := range []Way{ToPush, ToPull, Relayed} {
		t.Run(string(way), func(t *testing.T) {
			w := newWorld(t, sends, receives)
			w.stream.Path.Way = way
			in := noise(9_000_000)
			w.write("in", in)
			w.stream.Total = int64(len(in))
			if err := w.run(); err != nil {
				t.Fatal(err)
			}
			if w.read("out") != string(in) {
				t.Fatal("what arrived is not what was sent")
			}
			if _, err := os.Stat(w.path("complete")); err != nil {
				t.Error("the tool did not see the end")
			}
			t.Run("again", func(t *testing.T) {
				w.write("out", nil)
				if err := w.run(); err != nil {
					t.Fatal(err)
				}
				if w.read("out") != "" {
					t.Error("it was moved again")
				}
			})
			t.Run("nothing stays", func(t *testing.T) {
				if err := w.jobs.Stop(t.Context(), w.stream); err != nil {
					t.Fatal(err)
				}
				left, err := os.ReadDir(w.path("belt/jobs"))
				if err != nil {
					t.Fatal(err)
				}
				for _, entry := range left {
					if entry.Name() != ".lock" {
						t.Errorf("%s is left", entry.Name())
					}
				}
			})
		})
	}
}

// TestAttach lets go of a stream in the middle; another run takes it up.
func TestAttach(t *testing.T) {
	for _, way := range []Way{ToPush, Relayed} {
		t.Run(string(way), func(t *testing.T) {
			w := newWorld(t, `head -c 3000000 "$1/in"; while [ ! -e "$1/go" ]; do sleep 0.1; done; tail -c +3000001 "$1/in"; echo >>"$1/ran"`, receives)
			w.stream.Path.Way = way
			in := noise(8_000_000)
			w.write("in", in)
			first, cancel := context.WithCancelCause(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- w.jobs.Run(first, w.stream, w.notes.report) }()
			w.until("some has arrived", func() bool { return len(w.read("out")) > 0 })
			cancel(errors.New("gone"))
			if err := <-ended; err == nil || !strings.Contains(err.Error(), "gone") {
				t.Fatalf("the first run: %v", err)
			}
			w.write("go", nil)
			w.stream.MaxRate, w.stream.Total = 1<<30, 42 // which is still the same work
			if err := w.run(); err != nil {
				t.Fatal(err)
			}
			if w.read("out") != string(in) {
				t.Error("what arrived is not what was sent")
			}
			if ran := w.read("ran"); ran != "\n" {
				t.Errorf("the sender's tool ran %d times", len(ran))
			}
		})
	}
}

func TestOtherWork(t *testing.T) {
	w := newWorld(t, `sleep 100`, receives)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.jobs.Run(ctx, w.stream, nil) }()
	w.until("the sender runs", func() bool {
		s, err := job.At(w.stream.From.Runner, w.stream.ID+".send", w.jobs.options...).Status(t.Context())
		return err == nil && s.State == job.Running
	})
	cancel()
	<-ended
	w.stream.To.Args = []string{w.dir, "else"}
	var other *job.OtherError
	if err := w.run(); !errors.As(err, &other) {
		t.Errorf("got %v", err)
	}
}

// TestOneEndAlone finds one end at work without the other: both are begun again.
func TestOneEndAlone(t *testing.T) {
	w := newWorld(t, sends, receives)
	in := noise(2_000_000)
	w.write("in", in)
	_, receive, err := w.jobs.specs(w.stream)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := job.Start(t.Context(), w.stream.To.Runner, receive, w.jobs.options...); err != nil {
		t.Fatal(err)
	}
	if err := w.run(); err != nil {
		t.Fatal(err)
	}
	if w.read("out") != string(in) {
		t.Error("what arrived is not what was sent")
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name, send, receive string
		says                []string
		not                 string
	}{
		{"the sender's tool", `echo "no such table" >&2; exit 5`, receives, []string{"db1: copy the data from db1", "no such table", "exit code 5"}, "db2:"},
		{"the receiver's tool", `cat /dev/zero`, `head -c 5000000 >/dev/null; echo "disk full" >&2; exit 6`, []string{"db2: copy the data from db1", "disk full", "exit code 6"}, "db1: copy"},
		{"no such script", `exec /no/such/tool`, receives, []string{"db1: ", "not found"}, "db2:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.send, tt.receive)
			err := w.run()
			if err == nil {
				t.Fatal("it succeeded")
			}
			for _, word := range tt.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
			if strings.Contains(err.Error(), tt.not) {
				t.Errorf("%q says %q", err, tt.not)
			}
			if _, err := os.Stat(w.path("complete")); err == nil {
				t.Error("the receiver's tool saw an end")
			}
			for _, at := range []End{w.stream.From, w.stream.To} {
				all, err := job.List(t.Context(), at.Runner, w.jobs.options...)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range all {
					if s.State == job.Running {
						t.Errorf("%s still runs", s.ID)
					}
				}
			}
		})
	}
}

// TestWhoseFault tells the cause from what followed of it.
func TestWhoseFault(t *testing.T) {
	failed := func(server string, code int) error {
		return &job.FailedError{Server: server, Title: "copy", State: job.Failed, Code: code}
	}
	dead := &job.FailedError{Server: "db1", Title: "copy", State: job.Dead}
	gone := &plan.Detached{What: "goes on"}
	for _, tt := range []struct {
		name          string
		send, receive error
		says          string
		hint          string
	}{
		{"the sender", failed("db1", task.Failed), failed("db2", task.PeerFailed), "db1: copy: exit code 1", ""},
		{"the receiver", failed("db1", task.PeerFailed), failed("db2", task.Failed), "db2: copy: exit code 1", ""},
		{"both", failed("db1", task.Failed), failed("db2", task.Failed), "db1: copy: exit code 1\ndb2: copy: exit code 1", ""},
		{"the network", failed("db1", task.NoContact), failed("db2", task.NoContact), "db2: copy: exit code 4", "open TCP ports 24440 to 24447 of db2 for db1"},
		{"the sender's server", dead, failed("db2", task.NoContact), "db1: copy: ended without a word", ""},
		{"the receiver, and db1 is out of sight", gone, failed("db2", task.Failed), "db2: copy: exit code 1", ""},
		{"nobody", gone, gone, "goes on", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, sends, receives)
			w.stream.Path.Ports = task.Ports{}
			err := w.jobs.pair(w.stream).judge(t.Context(), w.stream, tt.send, tt.receive)
			if err == nil || !strings.HasPrefix(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
			said := ""
			if hint, is := errors.AsType[interface {
				error
				Hint() string
			}](err); is && tt.hint != "" {
				said = hint.Hint()
			}
			if !strings.HasPrefix(said, tt.hint) {
				t.Errorf("the hint is %q", said)
			}
		})
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	w := newWorld(t, sends, receives)
	w.stream.From.Secrets = map[string][]byte{task.OwnKey: nil}
	if err := w.run(); err == nil || !strings.Contains(err.Error(), task.OwnKey) {
		t.Errorf("got %v", err)
	}
}

func TestNoPath(t *testing.T) {
	w := newWorld(t, sends, receives)
	w.stream.Path = Path{}
	if err := w.run(); err == nil || !strings.Contains(err.Error(), "no way") {
		t.Errorf("got %v", err)
	}
}
