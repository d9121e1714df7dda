package cli

import (
	"os"
	"sync/atomic"

	"github.com/dbbelt/belt/internal/ui"
	"github.com/dbbelt/belt/pkg/plan"
)

// screen is the terminal as the operations see it.
type screen struct {
	*ui.UI
	canAsk  bool
	begun   func()      // called when a step begins
	inSteps atomic.Bool // what is under way now can be rolled back
	out     func() int  // columns of stdout; 0 when it is no terminal
}

// CanAsk tells whether there is somebody to ask.
func (s *screen) CanAsk() bool { return s.canAsk }

// Event shows what happened to a step.
func (s *screen) Event(e plan.Event) {
	if s.begun != nil {
		s.begun()
	}
	s.inSteps.Store(true)
	s.UI.Event(e)
}

// Over says that no step is under way any more.
func (s *screen) Over() { s.inSteps.Store(false) }

// width is the width of what reads stdout; 0 when it is not a terminal.
func (s *screen) width() int { return s.out() }

// screen opens the terminal the first time it is needed: then the flags are known.
func (b *belt) screen() *screen {
	if b.shown != nil {
		return b.shown
	}
	o := ui.Options{In: b.stdin, Out: b.stdout, Err: b.stderr}
	in, isIn := b.stdin.(*os.File)
	out, isOut := b.stdout.(*os.File)
	err, isErr := b.stderr.(*os.File)
	if isIn && isOut && isErr {
		o = ui.Terminal(in, out, err, b.getenv, b.flags.noColor)
	}
	o.Format, o.Quiet, o.Verbose = ui.Text, b.flags.quiet, b.flags.verbose
	if b.wantsJSON() {
		o.Format = ui.JSON
	}
	columns := func() int { return 0 }
	if o.OutTTY {
		columns = o.Width
	}
	b.shown = &screen{out: columns, UI: ui.New(o), canAsk: o.InTTY && o.ErrTTY && o.Format != ui.JSON}
	return b.shown
}

// print writes to stdout; that the reader is gone is told.
func (b *belt) print(err error) {
	if err != nil && b.unprinted == nil {
		b.unprinted = err
	}
}
