package ui

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// framePause is the time between two pictures.
const framePause = 100 * time.Millisecond

// live shows each step on a line of a terminal: those at work at the bottom, moving, and above them those that ended.
type live struct {
	w             io.Writer
	columns, rows func() int
	style         style

	region  region
	hidden  bool     // the cursor
	final   []string // ended, to be written with the next picture
	tasks   []*task
	servers int // width of the column of servers
	frame   int
	drawn   time.Time
}

// task is one line that moves.
type task struct {
	step, server, title, note string
	begun                     time.Time
	done, total               int64
	meter                     meter
}

func newLive(w io.Writer, columns, rows func() int, s style) *live {
	return &live{w: w, columns: columns, rows: rows, style: s}
}

func (l *live) event(e plan.Event) {
	e.Server, e.Title, e.Note = clean(e.Server), clean(e.Title), clean(e.Note)
	l.servers = max(l.servers, width(e.Server))
	t := l.task(e)
	s := l.style
	switch e.Kind {
	case plan.Started:
	case plan.Moved:
		t.note, t.done, t.total = e.Note, e.Done, e.Total
		t.meter.add(e.Time, e.Done)
		return
	case plan.Undoing:
		t.title = s.either("↶ ", "undo: ") + e.Note
		return
	case plan.Finished:
		l.end(t, s.done(), remark{e.Note, s.dim}, e.Took)
	case plan.Skipped:
		l.end(t, s.skipped(), remark{"already so", s.dim}, 0)
	case plan.Failed:
		l.end(t, s.failed(), remark{errorText(e.Err), s.red}, e.Took)
	case plan.Undone:
		t.title = e.Title
		l.end(t, s.undone(), remark{"undone: " + e.Note, s.dim}, e.Took)
	case plan.NotUndone:
		t.title = e.Title
		l.end(t, s.failed(), remark{"not undone: " + errorText(e.Err), s.red}, e.Took)
	case plan.GoesOn:
		l.end(t, s.goesOn(), remark{e.Note, s.cyan}, 0)
	}
}

// task is the line of the event's step, a new one when it has none.
func (l *live) task(e plan.Event) *task {
	for _, t := range l.tasks {
		if t.step == e.Step {
			return t
		}
	}
	t := &task{step: e.Step, server: e.Server, title: e.Title, begun: e.Time, meter: meter{begun: e.Time}}
	l.tasks = append(l.tasks, t)
	return t
}

func (l *live) drop(t *task) {
	l.tasks = slices.DeleteFunc(l.tasks, func(other *task) bool { return other == t })
}

// end moves a line up to those that stay.
func (l *live) end(t *task, mark string, r remark, took time.Duration) {
	l.drop(t)
	all, rate := t.meter.outcome(took)
	last := ""
	if took > 0 {
		last = Duration(took)
	}
	l.final = append(l.final, l.line(mark, t.server, t.title, r, []string{spaced(all, rate, last), spaced(all, last)}))
}

// spaced joins those of the fields that are not empty.
func spaced(fields ...string) string {
	return strings.Join(slices.DeleteFunc(fields, func(f string) bool { return f == "" }), "  ")
}

func (l *live) say(kind, text string) {
	mark := l.style.note()
	if kind == "warning" {
		mark = l.style.warning()
	}
	for i, line := range wrap(strip(text), l.columns()-3) {
		if i > 0 {
			mark = " "
		}
		l.final = append(l.final, mark+" "+line)
	}
}

func (l *live) working(text string) func() {
	t := &task{title: clean(text), begun: time.Now()}
	l.tasks = append(l.tasks, t)
	return func() { l.drop(t) }
}

func (l *live) plan(v plan.View, text string) {
	for _, s := range v.Steps {
		l.servers = max(l.servers, width(clean(s.Server)))
	}
	l.final = append(l.final, splitLines(text)...)
	l.final = append(l.final, "")
}

func (l *live) draw(now time.Time) {
	if len(l.final) == 0 && len(l.tasks) == 0 && len(l.region.widths) == 0 {
		return
	}
	if now.Sub(l.drawn) >= framePause {
		l.frame++
		l.drawn = now
	}
	lines := make([]string, 0, len(l.tasks))
	for _, t := range l.tasks {
		lines = append(lines, l.line(l.style.working(l.frame), t.server, t.title, remark{t.note, l.style.dim}, l.progress(t, now)))
	}
	if most := max(l.rows()-2, 1); len(lines) > most {
		rest := count(len(lines)-most+1, "more step")
		lines = append(lines[:most-1], l.style.dim("  and "+rest))
	}
	text := l.region.replace(l.columns(), l.final, lines)
	l.final = nil
	if hide := len(lines) > 0; hide != l.hidden {
		l.hidden = hide
		if hide {
			text = "\x1b[?25l" + text
		} else {
			text += "\x1b[?25h"
		}
	}
	io.WriteString(l.w, text) // a terminal that is gone is no reason to stop
}

func (l *live) clear() {
	tasks := l.tasks
	l.tasks = nil
	l.draw(time.Now())
	l.tasks = tasks
}
