// Package ui is the only owner of the terminal: what the user sees of a running command, and how it is asked.
//
// One goroutine writes. Everybody else posts to it and, for progress, does not wait: a terminal that was stopped with
// Ctrl-S must not hold up a step on a server. stdout carries results only, stderr everything else.
package ui

import (
	"fmt"
	"io"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// Format is how results and progress are written.
type Format string

// The formats of --output.
const (
	Text Format = "text"
	JSON Format = "json"
)

// Options are where and how a [UI] writes. [Terminal] makes those of the process.
type Options struct {
	Out, Err io.Writer
	In       io.Reader

	OutTTY bool // a person reads Out
	ErrTTY bool // a person reads Err
	InTTY  bool // a person can answer
	Dumb   bool // the terminal cannot move its cursor

	Width  func() int // columns of the terminal; nil: 80
	Height func() int // lines of the terminal; nil: 24

	Color   bool // terminals get colour
	Unicode bool // the locale can show more than ASCII
	Format  Format
	Quiet   bool // only errors
	Verbose bool // plans show their commands
}

// UI shows progress and results, and asks. Make one with [New], and Close it before the process ends.
//
// It is a [plan.Observer].
type UI struct {
	opt      Options
	out, err style
	owner    *owner
	printer  printer
	moved    latest
	frame    region  // of Watch
	unshown  *string // with Quiet: the plan, until somebody is asked about it
	still    bool    // nothing moves: a question waits, or it is over
}

// printer shows what happens on stderr. Its methods are called by the owner only.
type printer interface {
	event(plan.Event)
	say(kind, text string)  // kind is "note" or "warning"
	working(string) func()  // shows that something is under way until the func is called
	plan(plan.View, string) // the plan, and its text
	draw(now time.Time)     // brings the screen up to date
	clear()                 // takes what is not final from the screen
}

// New starts the goroutine that writes.
func New(opt Options) *UI {
	if opt.Width == nil {
		opt.Width = func() int { return 80 }
	}
	if opt.Height == nil {
		opt.Height = func() int { return 24 }
	}
	u := &UI{
		opt: opt,
		out: style{color: opt.Color && opt.OutTTY, unicode: opt.Unicode},
		err: style{color: opt.Color && opt.ErrTTY, unicode: opt.Unicode},
	}
	var tick time.Duration
	switch {
	case opt.Quiet:
		u.printer = silent{}
	case opt.Format == JSON:
		u.printer = newLines(opt.Err)
	case opt.ErrTTY && !opt.Dumb:
		u.printer = newLive(opt.Err, opt.Width, opt.Height, u.err)
		tick = framePause
	default:
		u.printer = newPlain(opt.Err, u.err)
	}
	u.owner = newOwner(tick, func() {
		if !u.still {
			u.printer.draw(time.Now())
		}
	})
	return u
}

// Close shows what is still to be shown, and leaves the terminal as it was. The UI can be used after it no more.
func (u *UI) Close() {
	u.owner.run(func() {
		u.still = true
		u.printer.clear()
	})
	u.owner.stop()
}

// Event shows what happened to a step. It does not wait for the terminal.
func (u *UI) Event(e plan.Event) {
	if e.Kind != plan.Moved {
		u.owner.post(func() { u.printer.event(e) })
		return
	}
	if u.moved.put(e) {
		u.owner.post(func() { u.printer.event(u.moved.take(e.Step)) })
	}
}

// Note tells something worth knowing.
func (u *UI) Note(text string) { u.owner.post(func() { u.printer.say("note", text) }) }

// Warn tells something that may need the user's hand.
func (u *UI) Warn(text string) { u.owner.post(func() { u.printer.say("warning", text) }) }

// Working shows that something is under way that is no step of a plan, such as "looking at db1, db2", until the func
// that it returns is called.
func (u *UI) Working(text string) (stop func()) {
	var end func()
	u.owner.post(func() { end = u.printer.working(text) })
	return func() { u.owner.run(func() { end() }) }
}

// Out is the style of text on stdout.
func (u *UI) Out() Style { return Style{u.out} }

// Print writes a text result to stdout.
func (u *UI) Print(format string, args ...any) error {
	return u.result(func(w io.Writer) error {
		_, err := fmt.Fprintf(w, format, args...)
		return err
	})
}

// Table writes rows to stdout, as a table on a terminal and as tab-separated values otherwise.
func (u *UI) Table(headers []string, rows [][]string) error {
	return u.result(func(w io.Writer) error { return Table(w, u.outWidth(), headers, rows) })
}

// Document writes the JSON document that is a command's result to stdout.
func (u *UI) Document(v any) error {
	return u.result(func(w io.Writer) error { return writeDocument(w, v) })
}

// Watch writes a text result to stdout again and again: on a terminal each takes the place of the one before.
func (u *UI) Watch(text string) error {
	return u.result(func(w io.Writer) error {
		if !u.opt.OutTTY || u.opt.Dumb {
			_, err := io.WriteString(w, text)
			return err
		}
		lines := splitLines(text)
		if most := u.opt.Height() - 1; len(lines) > most && most > 0 {
			lines = lines[:most]
		}
		_, err := io.WriteString(w, u.frame.replace(u.opt.Width(), nil, lines))
		return err
	})
}

// result lets f write to stdout while nothing else is on the screen.
func (u *UI) result(f func(io.Writer) error) (err error) {
	u.owner.run(func() {
		u.printer.clear()
		err = f(u.opt.Out)
	})
	return err
}

// outWidth is the width of what reads stdout, 0 when it is not a terminal.
func (u *UI) outWidth() int {
	if u.opt.OutTTY {
		return u.opt.Width()
	}
	return 0
}

// errWidth is the width of what reads stderr, 0 when it is not a terminal.
func (u *UI) errWidth() int {
	if u.opt.ErrTTY {
		return u.opt.Width()
	}
	return 0
}
