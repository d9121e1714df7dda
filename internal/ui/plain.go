package ui

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// plain writes one line per event, for logs and pipes. Progress is told when it is worth a line.
type plain struct {
	w     io.Writer
	style style
	steps map[string]*told
}

// told is what was last written about a step's progress.
type told struct {
	at    time.Time
	done  int64
	note  string
	meter meter
}

// A line of progress comes at most every often, for every tenth of the whole, and after a while in any case.
const (
	often = 5 * time.Second
	while = 30 * time.Second
)

func newPlain(w io.Writer, s style) *plain { return &plain{w: w, style: s, steps: map[string]*told{}} }

func (p *plain) event(e plan.Event) {
	switch e.Kind {
	case plan.Started:
		p.steps[e.Step] = &told{at: e.Time, meter: meter{begun: e.Time}}
		p.line(e, "started")
	case plan.Moved:
		p.progress(e)
	case plan.Finished:
		what := "done in " + Duration(e.Took)
		if t := p.steps[e.Step]; t != nil && t.meter.most > 0 {
			all, rate := t.meter.outcome(e.Took)
			what = "done: " + all + " in " + Duration(e.Took)
			if rate != "" {
				what += ", " + rate
			}
		}
		if e.Note != "" {
			what += ": " + e.Note
		}
		p.line(e, what)
	case plan.Skipped:
		p.line(e, "already so")
	case plan.Failed:
		p.line(e, "failed after "+Duration(e.Took)+": "+errorText(e.Err))
	case plan.Undoing:
		p.steps[e.Step] = &told{at: e.Time}
		p.line(e, "undoing: "+e.Note)
	case plan.Undone:
		p.line(e, "undone in "+Duration(e.Took))
	case plan.NotUndone:
		p.line(e, "NOT undone ("+e.Note+"): "+errorText(e.Err))
	case plan.GoesOn:
		p.line(e, "goes on by itself: "+e.Note)
	}
}

func (p *plain) progress(e plan.Event) {
	t := p.steps[e.Step]
	if t == nil {
		t = &told{at: e.Time}
		p.steps[e.Step] = t
	}
	t.meter.add(e.Time, e.Done)
	since := e.Time.Sub(t.at)
	tenth := e.Total > 0 && e.Done-t.done >= e.Total/10
	news := e.Note != "" && e.Note != t.note
	if !(news && t.note == "") && (since < often || !(tenth || news || since >= while)) {
		return
	}
	t.at, t.done, t.note = e.Time, e.Done, e.Note

	var parts []string
	switch {
	case e.Total > 0:
		parts = append(parts, fmt.Sprintf("%.0f%%, %s of %s", 100*float64(e.Done)/float64(e.Total), Bytes(e.Done), Bytes(e.Total)))
	case e.Done > 0:
		parts = append(parts, Bytes(e.Done))
	}
	if r := t.meter.bytesPerSecond(e.Time); r >= 1 {
		parts = append(parts, Bytes(int64(r))+"/s")
	}
	if left, ok := t.meter.left(e.Time, e.Done, e.Total); ok {
		parts = append(parts, rough(left)+" left")
	}
	if e.Note != "" {
		parts = append(parts, e.Note)
	}
	if len(parts) > 0 {
		p.line(e, strings.Join(parts, ", "))
	}
}

func (p *plain) line(e plan.Event, what string) {
	server := ""
	if e.Server != "" {
		server = e.Server + ": "
	}
	fmt.Fprintln(p.w, clean(server+e.Title+": "+what))
}

func (p *plain) say(kind, text string) {
	if kind == "warning" {
		text = "warning: " + text
	}
	fmt.Fprintln(p.w, strip(text))
}

func (p *plain) working(text string) func() {
	fmt.Fprintln(p.w, clean(text))
	return func() {}
}

func (p *plain) plan(_ plan.View, text string) { fmt.Fprintln(p.w, text) }
func (p *plain) draw(time.Time)                {}
func (p *plain) clear()                        {}

// silent is for --quiet.
type silent struct{}

func (silent) event(plan.Event)       {}
func (silent) say(string, string)     {}
func (silent) working(string) func()  { return func() {} }
func (silent) plan(plan.View, string) {}
func (silent) draw(time.Time)         {}
func (silent) clear()                 {}
