package ui

import (
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

func TestResultsAndTheLiveDisplayDoNotMix(t *testing.T) {
	s := newScreen(80)
	u := New(Options{Out: s, Err: s, OutTTY: true, ErrTTY: true, Unicode: true, Color: true})
	u.Event(event(0, plan.Started, "db1 slot"))
	u.Print("a result\n")
	u.Event(took(event(0, plan.Finished, "db1 slot"), 300*time.Millisecond, "", nil))
	if err := u.Table([]string{"server"}, [][]string{{"db1"}}); err != nil {
		t.Fatal(err)
	}
	u.Note("the end")
	u.Close()
	check(t, s, "a result",
		"✓ db1  create the replication slot                                         0.3s",
		"SERVER", "db1", "· the end")
	if s.hidden {
		t.Error("the cursor stays hidden")
	}
}

func TestTheDisplayMovesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80)
		u := New(Options{Out: s, Err: s, ErrTTY: true})
		e := event(0, plan.Started, "db2 seed")
		e.Time = time.Now()
		u.Event(e)
		seen := map[string]bool{}
		for range 8 {
			time.Sleep(framePause)
			synctest.Wait()
			seen[s.String()] = true
		}
		for _, frame := range []string{"|", "/", "-", "\\"} {
			if want := frame + " db2  copy the data from db1"; !seen[want] {
				t.Errorf("%q was never shown: %v", want, seen)
			}
		}
		time.Sleep(62 * time.Second)
		synctest.Wait()
		if !strings.HasSuffix(s.String(), "1m03s") {
			t.Errorf("no time is shown: %q", s)
		}
		u.Close()
		if s.String() != "" || s.hidden {
			t.Errorf("left behind: %q", s)
		}
	})
}

// stopped is a terminal that was stopped with Ctrl-S.
type stopped struct {
	let     chan struct{}
	written strings.Builder
}

func (s *stopped) Write(p []byte) (int, error) {
	<-s.let
	return s.written.Write(p)
}

func TestAStoppedTerminalHoldsUpNoStep(t *testing.T) {
	w := &stopped{let: make(chan struct{})}
	u := New(Options{Out: io.Discard, Err: w})
	u.Event(event(0, plan.Started, "db2 seed"))
	for i := range 10_000 {
		u.Event(moved(time.Duration(i)*10*time.Millisecond, "db2 seed", int64(i)*mb, 10_000*mb, ""))
	}
	u.Event(took(event(100*time.Second, plan.Finished, "db2 seed"), 100*time.Second, "", nil))
	if waiting := len(u.owner.queue); waiting > 3 {
		t.Errorf("%d entries wait", waiting)
	}
	close(w.let)
	u.Close()
	if got := w.written.String(); !strings.HasSuffix(got, "copy the data from db1: done: 10 GB in 1m40s, 100 MB/s\n") {
		t.Errorf("written %q", got)
	}
}

func TestWatch(t *testing.T) {
	s := newScreen(40)
	u := New(Options{Out: s, Err: io.Discard, OutTTY: true, Width: func() int { return 40 }, Height: func() int { return 4 }})
	for _, text := range []string{"db1  primary\ndb2  seeding\n", "db1  primary\ndb2  streaming\ndb3  x\ndb4  y\n", "db1  primary\n"} {
		if err := u.Watch(text); err != nil {
			t.Fatal(err)
		}
		lines := splitLines(text)
		check(t, s, lines[:min(len(lines), 3)]...)
	}
	u.Close()

	var b strings.Builder
	u = New(Options{Out: &b, Err: io.Discard})
	u.Watch("one\n")
	u.Watch("two\n")
	u.Close()
	if b.String() != "one\ntwo\n" {
		t.Errorf("piped: %q", b.String())
	}
}

func TestAfterCloseNothingHangs(t *testing.T) {
	var b strings.Builder
	u := New(Options{Out: &b, Err: &b})
	stop := u.Working("looking")
	u.Close()
	stop()
	u.Note("late")
	u.Event(event(0, plan.Started, "x"))
	if b.String() != "looking\n" {
		t.Errorf("%q", b.String())
	}
}

func TestUnicodeLocale(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "en_US.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "UTF-8"}, true},
		{map[string]string{"LANG": "de_DE.ISO-8859-1"}, false},
	} {
		if got := unicodeLocale(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestColourOnlyWhereItIsWanted(t *testing.T) {
	for _, c := range []struct {
		name    string
		env     map[string]string
		noColor bool
		want    bool
		dumb    bool
	}{
		{"plain", map[string]string{"TERM": "xterm"}, false, true, false},
		{"flag", map[string]string{"TERM": "xterm"}, true, false, false},
		{"NO_COLOR", map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, false, false, false},
		{"dumb", map[string]string{"TERM": "dumb"}, false, false, true},
	} {
		r, w := pipe(t)
		o := Terminal(r, w, w, func(name string) string { return c.env[name] }, c.noColor)
		if o.Color != c.want || o.Dumb != c.dumb || o.InTTY || o.OutTTY || o.ErrTTY || o.Width() != 80 || o.Height() != 24 {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
}

func TestStyles(t *testing.T) {
	if d := cmp.Diff("x", Style{}.Bad("x")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff("\x1b[31mx\x1b[0m", Style{style{color: true}}.Bad("x")); d != "" {
		t.Error(d)
	}
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}
