package ui

import (
	"encoding/json"
	"io"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// lines writes one JSON object per line.
type lines struct {
	encoder *json.Encoder
	meters  map[string]*meter
	told    map[string]time.Time // when progress was last written, by step
}

// line is what happened. Its kind is that of a step's event, or "note", "warning", "working", "plan" or "error".
type line struct {
	Time        time.Time  `json:"time"`
	Kind        string     `json:"kind"`
	Step        string     `json:"step,omitempty"`
	Server      string     `json:"server,omitempty"`
	Title       string     `json:"title,omitempty"`
	Done        int64      `json:"done,omitempty"`         // bytes
	Total       int64      `json:"total,omitempty"`        // bytes
	Rate        float64    `json:"rate,omitempty"`         // bytes a second
	SecondsLeft *float64   `json:"seconds_left,omitempty"` // absent when unknown
	Seconds     float64    `json:"seconds,omitempty"`      // that the step, or its undo, took
	Note        string     `json:"note,omitempty"`
	Error       string     `json:"error,omitempty"`
	Hint        string     `json:"hint,omitempty"`
	Left        []string   `json:"left,omitempty"` // what could not be undone
	Trace       string     `json:"trace,omitempty"`
	Plan        *plan.View `json:"plan,omitempty"`
}

func newLines(w io.Writer) *lines {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &lines{encoder: encoder, meters: map[string]*meter{}, told: map[string]time.Time{}}
}

func (l *lines) event(e plan.Event) {
	out := line{
		Time: e.Time, Kind: string(e.Kind), Step: e.Step, Server: e.Server, Title: e.Title,
		Done: e.Done, Total: e.Total, Note: e.Note, Seconds: e.Took.Seconds(),
	}
	if e.Err != nil {
		out.Error, out.Hint = e.Err.Error(), Hint(e.Err)
	}
	if e.Kind == plan.Moved && !l.measure(e, &out) {
		return
	}
	l.encoder.Encode(out)
}

// measure fills in the rate, and tells whether a second has passed since the last line about the step.
func (l *lines) measure(e plan.Event, out *line) bool {
	m := l.meters[e.Step]
	if m == nil {
		m = &meter{}
		l.meters[e.Step] = m
	}
	m.add(e.Time, e.Done)
	if last, ok := l.told[e.Step]; ok && e.Time.Sub(last) < time.Second {
		return false
	}
	l.told[e.Step] = e.Time
	out.Rate = m.bytesPerSecond(e.Time)
	if left, ok := m.left(e.Time, e.Done, e.Total); ok {
		seconds := left.Seconds()
		out.SecondsLeft = &seconds
	}
	return true
}

func (l *lines) say(kind, text string) {
	l.encoder.Encode(line{Time: time.Now(), Kind: kind, Note: text})
}

func (l *lines) working(text string) func() {
	l.say("working", text)
	return func() {}
}

func (l *lines) plan(v plan.View, _ string) {
	l.encoder.Encode(line{Time: time.Now(), Kind: "plan", Plan: &v})
}

func (l *lines) draw(time.Time) {}
func (l *lines) clear()         {}

// writeDocument writes the one JSON document that is a result.
func writeDocument(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
