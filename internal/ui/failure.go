package ui

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// Failure tells on stderr, even when quiet, that the command did not succeed: what failed, what was done about it, and
// what to do next. The outcome is that of the plan that was begun, nil when none was.
func (u *UI) Failure(err error, o *plan.Outcome) {
	u.owner.run(func() {
		u.printer.clear()
		if u.opt.Format == JSON {
			l := line{Time: time.Now(), Kind: "error", Error: cause(err, o).Error(), Hint: Hint(err), Trace: trace(err)}
			if o != nil {
				l.Note, l.Left = verdict(*o), o.Left
			}
			newLines(u.opt.Err).encoder.Encode(l)
			return
		}
		io.WriteString(u.opt.Err, failure(u.err, u.errWidth(), err, o))
	})
}

// failure renders it; columns 0 is no limit.
func failure(s style, columns int, err error, o *plan.Outcome) string {
	t := paragraph{columns: columns}
	if refused, ok := errors.AsType[*plan.RefusedError](err); ok {
		t.add(s.failed()+" ", "  ", s.bold, "refused: "+count(len(refused.Checks), "check")+" failed, nothing was changed")
		t.table("  ", checkLines(s, refused.Checks))
		if flags := refused.Skips(); flags != "" {
			t.add("  to go on all the same: ", "    ", nil, flags)
		}
		return t.String()
	}
	mark := s.failed()
	if o != nil && o.Detached {
		mark = s.goesOn()
	}
	t.add(mark+" ", "  ", s.bold, strip(cause(err, o).Error()))
	if o != nil {
		t.add("  ", "  ", nil, verdict(*o))
		for _, left := range o.Left {
			t.add("  - ", "    ", s.yellow, strip(left))
		}
	}
	for _, hint := range Hints(err) {
		t.add("  next: ", "        ", nil, strip(hint))
	}
	if file := trace(err); file != "" {
		t.WriteString("  full trace: " + file + "\n") // unbroken, to be copied
	}
	return t.String()
}

// cause is why it failed, without what the undoing met: that is in the outcome's list of what is left.
func cause(err error, o *plan.Outcome) error {
	if o != nil && o.Err != nil {
		err = o.Err
	}
	if r, ok := errors.AsType[*plan.RollbackError](err); ok {
		return r.Cause
	}
	return err
}

// trace is the file with all that was run, when an error of the chain names one by a method Trace.
func trace(err error) string {
	type traced interface {
		error
		Trace() string
	}
	if t, ok := errors.AsType[traced](err); ok {
		return t.Trace()
	}
	return ""
}

// verdict is what was done about a failure.
func verdict(o plan.Outcome) string {
	switch {
	case o.Detached && len(o.Left) == 0:
		return "nothing was undone"
	case o.Detached:
		return "nothing was undone; this goes on by itself, or was left:"
	case o.RolledBack:
		return "rolled back: everything is as it was before"
	default:
		return "NOT fully rolled back; the same command run again continues. Left:"
	}
}

// paragraph is text with hanging indents.
type paragraph struct {
	strings.Builder
	columns int
}

// add writes text after head, wraps it, and begins what follows with indent.
func (p *paragraph) add(head, indent string, paint func(string) string, text string) {
	room := 0
	if p.columns > 0 {
		room = max(p.columns-1-width(head), 20)
	}
	for _, line := range wrap(text, room) {
		if paint != nil {
			line = paint(line)
		}
		p.WriteString(head + line + "\n")
		head = indent
	}
}

// table writes lines of cells: the last cell of each is wrapped.
func (p *paragraph) table(indent string, lines [][]string) {
	var widths []int
	for _, cells := range lines {
		for i, cell := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, cells := range lines {
		head := indent
		for i, cell := range cells[:len(cells)-1] {
			head += pad(cell, widths[i]) + "  "
		}
		p.add(head, strings.Repeat(" ", width(head)), nil, cells[len(cells)-1])
	}
}
