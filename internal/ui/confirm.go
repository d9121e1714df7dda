package ui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNobodyToAsk says that a question could not be put, because no person reads or can answer.
var ErrNobodyToAsk error = nobody{}

type nobody struct{}

func (nobody) Error() string { return "nobody can be asked to confirm: this is not a terminal" }

// Hint is the next step for the user.
func (nobody) Hint() string { return "look at the plan with --dry-run, then say --yes" }

// Confirm asks the user; only "y" or "yes" is a yes. The error is [ErrNobodyToAsk] where there is no terminal, or the
// output is JSON, and why ctx ended when it does so before the answer.
func (u *UI) Confirm(ctx context.Context, question string) (bool, error) {
	if !u.opt.InTTY || !u.opt.ErrTTY || u.opt.Format == JSON {
		return false, ErrNobodyToAsk
	}
	u.owner.run(func() {
		u.still = true
		u.printer.clear()
		if u.unshown != nil {
			io.WriteString(u.opt.Err, *u.unshown+"\n")
			u.unshown = nil
		}
		fmt.Fprintf(u.opt.Err, "%s [y/N] ", u.err.bold(strip(question)))
	})
	defer u.owner.run(func() { u.still = false })

	type reply struct {
		line string
		err  error
	}
	replies := make(chan reply, 1)
	go func() { // a read from a terminal cannot be stopped: the goroutine may outlive the question
		line, err := bufio.NewReader(u.opt.In).ReadString('\n')
		replies <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		u.owner.run(func() { io.WriteString(u.opt.Err, "\n") })
		return false, context.Cause(ctx)
	case r := <-replies:
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return false, fmt.Errorf("read the answer: %w", r.err)
		}
		if r.err != nil {
			u.owner.run(func() { io.WriteString(u.opt.Err, "\n") })
		}
		answer := strings.ToLower(strings.TrimSpace(r.line))
		return answer == "y" || answer == "yes", nil
	}
}
