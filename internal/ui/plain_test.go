package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

func TestPlainLines(t *testing.T) {
	var b strings.Builder
	p := newPlain(&b, style{})
	p.event(event(0, plan.Started, "db2 seed"))
	for s := range 100 { // 1 % and 12 MB a second
		p.event(moved(time.Duration(s)*time.Second, "db2 seed", int64(s)*12*mb, 1200*mb, ""))
	}
	p.event(took(event(100*time.Second, plan.Finished, "db2 seed"), 100*time.Second, "", nil))
	p.event(event(100*time.Second, plan.Skipped, "db1 slot"))
	p.event(took(event(100*time.Second, plan.Finished, "db1 slot"), 4*time.Second, "db1 answered again after 3.1 s", nil))
	p.event(took(event(100*time.Second, plan.Failed, "db3 seed"), 90*time.Second, "", errors.New("no space\nleft \x1b[2Jon device")))
	p.event(took(event(100*time.Second, plan.Undoing, "db3 seed"), 0, "delete the half copy", nil))
	p.event(took(event(101*time.Second, plan.Undone, "db3 seed"), time.Second, "delete the half copy", nil))
	p.event(took(event(101*time.Second, plan.NotUndone, "db1 slot"), time.Second, "drop the slot", errors.New("it is active")))
	p.event(took(event(101*time.Second, plan.GoesOn, "db2 seed"), time.Second, "the copy goes on", nil))
	p.say("warning", "db2 is slow")
	want := `db2: copy the data from db1: started
db2: copy the data from db1: 10%, 120 MB of 1.2 GB, 12 MB/s, 1m30s left
db2: copy the data from db1: 20%, 240 MB of 1.2 GB, 12 MB/s, 1m20s left
db2: copy the data from db1: 30%, 360 MB of 1.2 GB, 12 MB/s, 1m10s left
db2: copy the data from db1: 40%, 480 MB of 1.2 GB, 12 MB/s, 1m00s left
db2: copy the data from db1: 50%, 600 MB of 1.2 GB, 12 MB/s, 50s left
db2: copy the data from db1: 60%, 720 MB of 1.2 GB, 12 MB/s, 40s left
db2: copy the data from db1: 70%, 840 MB of 1.2 GB, 12 MB/s, 30s left
db2: copy the data from db1: 80%, 960 MB of 1.2 GB, 12 MB/s, 20s left
db2: copy the data from db1: 90%, 1.1 GB of 1.2 GB, 12 MB/s, 10s left
db2: copy the data from db1: done: 1.2 GB in 1m40s, 12 MB/s
db1: create the replication slot: already so
db1: create the replication slot: done in 4.0s: db1 answered again after 3.1 s
db3: copy the data from db1: failed after 1m30s: no space left [2Jon device
db3: copy the data from db1: undoing: delete the half copy
db3: copy the data from db1: undone in 1.0s
db1: create the replication slot: NOT undone (drop the slot): it is active
db2: copy the data from db1: goes on by itself: the copy goes on
warning: db2 is slow
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestPlainProgressIsRare(t *testing.T) {
	cases := []struct {
		name string
		each time.Duration // between reports
		by   int64         // bytes of 1000 a report
		note func(i int) string
		want int // lines of progress in 100 reports
	}{
		{"fast: at most one line in five seconds", 100 * time.Millisecond, 10, func(int) string { return "" }, 1},
		{"slow: one line in thirty seconds", time.Second, 1, func(int) string { return "" }, 3},
		{"the first note comes at once", 10 * time.Millisecond, 0, func(int) string { return "waiting for a checkpoint" }, 1},
		{"new notes come every five seconds", time.Second, 0, func(i int) string { return strings.Repeat("x", i+1) }, 20},
		{"nothing to tell", time.Second, 0, func(int) string { return "" }, 0},
	}
	for _, c := range cases {
		var b strings.Builder
		p := newPlain(&b, style{})
		p.event(event(0, plan.Started, "db2 seed"))
		b.Reset()
		for i := range 100 {
			total := int64(1000)
			if c.by == 0 {
				total = 0
			}
			p.event(moved(time.Duration(i)*c.each, "db2 seed", int64(i)*c.by, total, c.note(i)))
		}
		if got := strings.Count(b.String(), "\n"); got != c.want {
			t.Errorf("%s: %d lines, want %d:\n%s", c.name, got, c.want, b.String())
		}
	}
}
