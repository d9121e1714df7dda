// Package dialogue keeps a program open on a server that answers questions, such as a database's own client: one process
// and one connection for many questions, instead of one for each.
package dialogue

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

const (
	grace    = 2 * time.Second  // for an idle program to leave
	farewell = 10 * time.Second // for ending an answer that nobody waits for any more
)

// Dialogue is one such program. It is not safe for concurrent use.
type Dialogue struct {
	server  string
	program string
	in      *io.PipeWriter
	out     *bufio.Reader
	cut     func(error) // makes a blocked read of out return
	stop    context.CancelFunc
	ended   chan struct{} // closed when the program has ended, with result and err filled

	result remote.Result
	err    error
	broken error // why it can be asked no more
}

// Open starts the program, which run does with the input and the output that it is given. The dialogue outlives a ctx
// that ends later; Close ends it.
func Open(ctx context.Context, server, program string, run func(ctx context.Context, in io.Reader, out io.Writer) (remote.Result, error)) *Dialogue {
	in, toIn := io.Pipe()
	fromOut, out := io.Pipe()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	d := &Dialogue{
		server: server, program: program, in: toIn, out: bufio.NewReaderSize(fromOut, 64<<10), stop: stop,
		cut: func(err error) { fromOut.CloseWithError(err) }, ended: make(chan struct{}),
	}
	go func() {
		d.result, d.err = run(work, in, out)
		in.CloseWithError(io.ErrClosedPipe)
		out.CloseWithError(io.EOF)
		close(d.ended)
	}()
	return d
}

// Ask sends the questions and reads the answers, both at once. An error of read, or the end of ctx, ends the dialogue.
func (d *Dialogue) Ask(ctx context.Context, questions []string, read func(out *bufio.Reader) error) error {
	if d.broken == nil {
		d.broken = ctx.Err()
	}
	if d.broken != nil {
		return d.broken
	}
	wrote := make(chan struct{})
	go func() { // reading starts at once, or both pipes would fill
		defer close(wrote)
		for _, q := range questions {
			if _, err := io.WriteString(d.in, q); err != nil {
				return // the program ended; the reader finds out why
			}
		}
	}()
	release := context.AfterFunc(ctx, func() { d.cut(ctx.Err()) })
	if err := read(d.out); err != nil {
		d.broken = d.why(err)
	}
	if !release() && d.broken == nil {
		d.broken = ctx.Err()
	}
	if d.broken != nil {
		d.in.Close()
		if ctx.Err() != nil {
			d.broken = ctx.Err()
		}
		return d.broken
	}
	<-wrote
	return nil
}

// why is what an answer that cannot be read means: mostly that the program ended, and why that did.
func (d *Dialogue) why(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: reading %s's answer: %w", d.server, d.program, err)
	}
	<-d.ended
	if d.err != nil {
		return d.err
	}
	return fmt.Errorf("%s: %s ended: %s", d.server, d.program, strings.TrimSpace(d.result.Stderr))
}

// Close ends the program. What it was still doing on the server is ended by terminate, if that is set. It may be called again.
func (d *Dialogue) Close(terminate func(ctx context.Context)) {
	defer d.stop()
	if d.gone(0) {
		return
	}
	d.in.Close()
	if d.broken == nil {
		go io.Copy(io.Discard, d.out)
		if d.gone(grace) {
			return
		}
	} else {
		d.cut(io.ErrClosedPipe)
	}
	if terminate != nil && !d.gone(0) {
		ctx, cancel := context.WithTimeout(context.Background(), farewell)
		defer cancel()
		terminate(ctx)
		d.gone(grace)
	}
	d.stop()
	d.gone(farewell)
}

// gone waits for the program to end.
func (d *Dialogue) gone(within time.Duration) bool {
	select {
	case <-d.ended:
		return true
	default:
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-d.ended:
		return true
	case <-timer.C:
		return false
	}
}
