package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// event is one that happened so long after start.
func event(after time.Duration, kind plan.Kind, step string) plan.Event {
	server, _, _ := strings.Cut(step, " ")
	titles := map[string]string{"db1 slot": "create the replication slot", "db2 seed": "copy the data from db1", "db3 seed": "copy the data from db1"}
	title, ok := titles[step]
	if !ok {
		title = step
	}
	return plan.Event{Time: start.Add(after), Kind: kind, Step: step, Server: server, Title: title}
}

func moved(after time.Duration, step string, done, total int64, note string) plan.Event {
	e := event(after, plan.Moved, step)
	e.Done, e.Total, e.Note = done, total, note
	return e
}

func took(e plan.Event, d time.Duration, note string, err error) plan.Event {
	e.Took, e.Note, e.Err = d, note, err
	return e
}

func liveOn(s *screen, st style) *live {
	return newLive(s, func() int { return s.columns }, func() int { return 24 }, st)
}

func check(t *testing.T, s *screen, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, strings.Split(s.String(), "\n")); d != "" {
		t.Errorf("screen (-want +got):\n%s", d)
	}
	for _, line := range s.lines {
		if len(line) >= s.columns {
			t.Errorf("reaches the last column: %q", string(line))
		}
	}
}

const mb = 1_000_000

func TestLiveDisplay(t *testing.T) {
	s := newScreen(80)
	l := liveOn(s, style{unicode: true, color: true})
	at := func(d time.Duration) { l.draw(start.Add(d)) }

	l.event(event(0, plan.Started, "db1 slot"))
	at(0)
	check(t, s, "⠙ db1  create the replication slot")
	if !s.hidden {
		t.Error("the cursor is shown while lines move")
	}
	l.event(took(event(time.Second, plan.Finished, "db1 slot"), 300*time.Millisecond, "", nil))
	l.event(event(time.Second, plan.Started, "db2 seed"))
	l.event(event(time.Second, plan.Started, "db3 seed"))
	l.event(moved(time.Second, "db3 seed", 0, 0, "waiting for a checkpoint on db1"))
	for i := range 5 {
		l.event(moved(time.Duration(i+1)*time.Second, "db2 seed", int64(i)*120*mb, 1200*mb, ""))
	}
	at(5 * time.Second)
	check(t, s,
		"✓ db1  create the replication slot                                         0.3s",
		"⠹ db2  copy the data from db1   ━━━─────  40%  480 MB/1.2 GB  120 MB/s  6s left",
		"⠹ db3  copy the data from db1: waiting for a checkpoint on db1               4s")
	done := took(event(9*time.Second, plan.Finished, "db2 seed"), 8*time.Second, "", nil)
	l.event(moved(9*time.Second, "db2 seed", 1200*mb, 1200*mb, ""))
	l.event(done)
	l.event(took(event(9*time.Second, plan.Failed, "db3 seed"), 8*time.Second, "", errors.New("no space left on device")))
	at(9 * time.Second)
	check(t, s,
		"✓ db1  create the replication slot                                         0.3s",
		"✓ db2  copy the data from db1                            1.2 GB  150 MB/s  8.0s",
		"✗ db3  copy the data from db1: no space left on device                     8.0s")
	l.event(took(event(9*time.Second, plan.Undoing, "db1 slot"), 0, "drop the slot", nil))
	at(9 * time.Second)
	if last := lastLine(s); last != "⠸ db1  ↶ drop the slot" {
		t.Errorf("undoing: %q", last)
	}
	l.event(took(event(9*time.Second, plan.Undone, "db1 slot"), 100*time.Millisecond, "drop the slot", nil))
	l.clear()
	if last := lastLine(s); last != "↶ db1  create the replication slot: undone: drop the slot                  0.1s" {
		t.Errorf("undone: %q", last)
	}
	if s.hidden {
		t.Error("the cursor stays hidden")
	}
}

func lastLine(s *screen) string {
	lines := strings.Split(s.String(), "\n")
	return lines[len(lines)-1]
}

func TestLiveWidths(t *testing.T) {
	cases := []struct {
		columns int
		want    string
	}{
		{200, "⠙ db2  copy the data from db1                          ━━━━━━━━────────  50%  600 MB/1.2 GB  120 MB/s  5s left"},
		{100, "⠙ db2  copy the data from db1               ━━━━━━━━────────  50%  600 MB/1.2 GB  120 MB/s  5s left"},
		{80, "⠙ db2  copy the data from db1   ━━━━────  50%  600 MB/1.2 GB  120 MB/s  5s left"},
		{70, "⠙ db2  copy the data from db1   50%  600 MB/1.2 GB  120 MB/s  5s left"},
		{55, "⠙ db2  copy the data from db1   50%  120 MB/s  5s left"},
		{40, "⠙ db2  copy the data from db1       50%"},
		{20, "⠙ db2  copy…    50%"},
		{8, "⠙ d…  …"},
	}
	for _, c := range cases {
		s := newScreen(c.columns)
		l := liveOn(s, style{unicode: true})
		l.event(event(0, plan.Started, "db2 seed"))
		for i := range 6 {
			l.event(moved(time.Duration(i)*time.Second, "db2 seed", int64(i)*120*mb, 1200*mb, ""))
		}
		l.draw(start.Add(5 * time.Second))
		if got := s.String(); got != c.want {
			t.Errorf("%d columns:\n got %q\nwant %q", c.columns, got, c.want)
		}
	}
}

func TestLiveLongNamesAreCut(t *testing.T) {
	s := newScreen(80)
	l := liveOn(s, style{unicode: true})
	e := event(0, plan.Started, "x")
	e.Server = "a-server-with-a-name-that-somebody-generated-from-a-template.eu-central-1.example.com"
	e.Title = "copy the data from another-server-with-a-name-that-somebody-generated"
	l.event(e)
	l.draw(start)
	check(t, s, "⠙ a-server-with-a-name-that-somebody-ge…  copy the data from another-server-wi…")
}

func TestLiveASCII(t *testing.T) {
	s := newScreen(80)
	l := liveOn(s, style{})
	l.event(event(0, plan.Started, "db2 seed"))
	l.event(moved(0, "db2 seed", 600*mb, 1200*mb, "a note that is far too long to be shown on a line of eighty columns"))
	l.event(took(event(0, plan.Undoing, "db1 slot"), 0, "drop the slot", nil))
	l.event(took(event(0, plan.Undone, "db1 slot"), time.Second, "drop the slot", nil))
	l.event(event(0, plan.Skipped, "db1 role"))
	l.draw(start)
	check(t, s,
		"< db1  create the replication slot: undone: drop the slot                  1.0s",
		"- db1  db1 role: already so",
		"/ db2  copy the data from db1: a note...   ########........  50%  600 MB/1.2 GB")
}

func TestLiveShowsNoEscapesOfServers(t *testing.T) {
	s := newScreen(80)
	l := liveOn(s, style{unicode: true})
	l.event(took(event(0, plan.Failed, "db2 seed"), 0, "", errors.New("\x1b]0;owned\x07\x1b[2Jbad\r\nthing\u202e")))
	l.say("note", "a\x1b[31mb")
	l.draw(start)
	check(t, s, "✗ db2  copy the data from db1: ]0;owned[2Jbad thing", "· a[31mb")
}

func TestLiveResize(t *testing.T) {
	s := newScreen(80)
	l := liveOn(s, style{unicode: true})
	l.event(took(event(0, plan.Finished, "db1 slot"), 0, "", nil))
	l.event(event(0, plan.Started, "db2 seed"))
	l.event(event(0, plan.Started, "db3 seed"))
	l.event(moved(0, "db2 seed", 600*mb, 1200*mb, "now"))
	l.event(moved(0, "db3 seed", 0, 0, "waiting until db1 has written a checkpoint to its disks"))
	l.draw(start)
	s.resize(60)
	l.draw(start)
	s.resize(90)
	l.draw(start)
	check(t, s,
		"✓ db1  create the replication slot",
		"⠙ db2  copy the data from db1: now                   ━━━━━━━━────────  50%  600 MB/1.2 GB",
		"⠙ db3  copy the data from db1: waiting until db1 has written a checkpoint to its disks")
}

func TestLiveMoreStepsThanLines(t *testing.T) {
	s := newScreen(80)
	l := newLive(s, func() int { return 80 }, func() int { return 6 }, style{})
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		l.event(event(0, plan.Started, name))
	}
	l.draw(start)
	check(t, s, "/ a  a", "/ b  b", "/ c  c", "  and 3 more steps")
	l.event(event(0, plan.Finished, "e"))
	l.draw(start.Add(time.Second / 2))
	check(t, s, "+ e  e", "- a  a", "- b  b", "- c  c", "  and 2 more steps")
}

func TestLiveWorkingLeavesNoTrace(t *testing.T) {
	s := newScreen(80)
	l := liveOn(s, style{})
	stop := l.working("looking at db1, db2")
	l.draw(time.Now())
	check(t, s, "/ looking at db1, db2")
	stop()
	l.say("warning", "db2 answers slowly")
	l.draw(time.Now())
	check(t, s, "! db2 answers slowly")
}
