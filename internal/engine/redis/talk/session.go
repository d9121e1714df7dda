package talk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

const (
	grace    = 2 * time.Second  // for an idle client to leave
	farewell = 10 * time.Second // for one that nobody waits for any more
)

// Session is one client with one connection, for many questions that only read. It is not safe for concurrent use.
type Session struct {
	place  Place
	server string
	mark   string

	in    *io.PipeWriter
	out   *bufio.Reader
	cut   func(error) // makes a blocked read of out return
	stop  context.CancelFunc
	ended chan struct{} // closed when the client has ended, with result and err filled

	result remote.Result
	err    error
	broken error // why it can be asked no more
}

// Open connects. The session outlives a ctx that ends later; Close ends it.
func (p Place) Open(ctx context.Context, r remote.Runner, title string) (*Session, error) {
	in, toIn := io.Pipe()
	fromOut, out := io.Pipe()
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Session{
		place: p, server: r.Server(), mark: newMark(), in: toIn, out: bufio.NewReaderSize(fromOut, 256<<10), stop: stop,
		cut: func(err error) { fromOut.CloseWithError(err) }, ended: make(chan struct{}),
	}
	cmd, err := p.command(title, in, out, true)
	if err != nil {
		stop()
		return nil, fmt.Errorf("%s: %w", r.Server(), err)
	}
	go func() {
		s.result, s.err = r.Run(run, cmd)
		in.CloseWithError(io.ErrClosedPipe)
		out.CloseWithError(io.EOF)
		close(s.ended)
	}()
	release := context.AfterFunc(ctx, func() { s.cut(ctx.Err()) })
	defer release()
	go io.WriteString(s.in, p.opening(s.mark)) // a client that ended is found out by the reader
	if err := readOpening(s.out, s.mark); err != nil {
		s.broken = s.reason(ctx, err)
		s.Close()
		return nil, s.broken
	}
	return s, nil
}

// Ask asks many questions in one round trip and returns as many replies in their order. After an error the session is over.
func (s *Session) Ask(ctx context.Context, commands ...[]string) ([]Reply, error) {
	if s.broken == nil {
		s.broken = ctx.Err()
	}
	if s.broken != nil {
		return nil, s.broken
	}
	wrote := make(chan struct{})
	go func() { // reading starts at once, or both pipes would fill
		defer close(wrote)
		for i, words := range commands {
			line := s.place.line(words)
			if marked(commands, i) {
				line += s.place.end()
			}
			if _, err := io.WriteString(s.in, line); err != nil {
				return // the client ended; the reader finds out why
			}
		}
	}()
	release := context.AfterFunc(ctx, func() { s.cut(ctx.Err()) })
	defer release()
	replies := make([]Reply, len(commands))
	for i, words := range commands {
		next := readLine
		if marked(commands, i) {
			next = read
		}
		text, err := next(s.out, s.mark)
		if err != nil {
			s.broken = s.reason(ctx, err)
			s.in.Close()
			return nil, s.broken
		}
		replies[i] = reply(text, words)
		if e, is := errors.AsType[*Error](replies[i].Err); is {
			e.Server = s.server
		}
	}
	<-wrote
	return replies, nil
}

// marked tells whether the reply to a command is followed by the mark: the last one is, and so is one that the client prints
// as it is. Any other is one line. Each mark is a question of its own, and the client asks one at a time.
func marked(commands [][]string, i int) bool {
	asIs := []string{"INFO", "CLIENT", "CLUSTER", "LATENCY", "DEBUG"}
	return i == len(commands)-1 || slices.Contains(asIs, strings.ToUpper(commands[i][0]))
}

// reason says why the client's output ended.
func (s *Session) reason(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrRefused), !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: %w", s.server, err)
	}
	<-s.ended
	if s.err != nil {
		return s.err
	}
	return fmt.Errorf("%s: the connection ended: %s", s.server, firstLine(strings.TrimSpace(s.result.Stderr)))
}

// Close ends the client. It may be called again.
func (s *Session) Close() {
	defer s.stop()
	s.in.Close()
	if s.broken == nil {
		go io.Copy(io.Discard, s.out)
		if s.gone(grace) {
			return
		}
	}
	s.cut(io.ErrClosedPipe)
	s.stop()
	s.gone(farewell)
}

// gone waits for the client to end.
func (s *Session) gone(within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-s.ended:
		return true
	case <-timer.C:
		return false
	}
}
