package ui

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/google/go-cmp/cmp"
)

func TestJSONLines(t *testing.T) {
	var b strings.Builder
	l := newLines(&b)
	l.event(event(0, plan.Started, "db2 seed"))
	for i := range 21 { // ten a second, of which one is told
		l.event(moved(time.Duration(i)*100*time.Millisecond, "db2 seed", int64(i)*12*mb, 1200*mb, "a < b"))
	}
	l.event(took(event(3*time.Second, plan.Failed, "db2 seed"), 3*time.Second, "", hinted{"no room", "make room"}))
	want := `{"time":"2026-11-22T10:00:00Z","kind":"started","step":"db2 seed","server":"db2","title":"copy the data from db1"}
{"time":"2026-11-22T10:00:00Z","kind":"progress","step":"db2 seed","server":"db2","title":"copy the data from db1","total":1200000000,"note":"a < b"}
{"time":"2026-11-22T10:00:01Z","kind":"progress","step":"db2 seed","server":"db2","title":"copy the data from db1","done":120000000,"total":1200000000,"rate":120000000,"seconds_left":9,"note":"a < b"}
{"time":"2026-11-22T10:00:02Z","kind":"progress","step":"db2 seed","server":"db2","title":"copy the data from db1","done":240000000,"total":1200000000,"rate":120000000,"seconds_left":8,"note":"a < b"}
{"time":"2026-11-22T10:00:03Z","kind":"failed","step":"db2 seed","server":"db2","title":"copy the data from db1","seconds":3,"error":"no room","hint":"make room"}
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestJSONIsOneObjectPerLineWhateverHappens(t *testing.T) {
	var out, progress strings.Builder
	u := New(Options{Out: &out, Err: &progress, Format: JSON})
	u.Event(event(0, plan.Started, "db2 seed"))
	u.Note("two\nlines")
	u.Warn("careful")
	u.Working("looking")()
	u.Plan(examplePlan().View())
	o := plan.Outcome{Err: errors.New("boom"), Left: []string{"db1: the slot"}}
	u.Failure(o.Err, &o)
	if err := u.Document(map[string]string{"a": "<&>"}); err != nil {
		t.Fatal(err)
	}
	u.Close()
	var kinds []string
	for text := range strings.Lines(progress.String()) {
		var l struct{ Kind string }
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		kinds = append(kinds, l.Kind)
	}
	if d := cmp.Diff([]string{"started", "note", "warning", "working", "plan", "error"}, kinds); d != "" {
		t.Error(d)
	}
	if out.String() != "{\n  \"a\": \"<&>\"\n}\n" {
		t.Errorf("stdout: %q", out.String())
	}
}

// hinted is an error with a next step.
type hinted struct{ text, hint string }

func (h hinted) Error() string { return h.text }
func (h hinted) Hint() string  { return h.hint }
