package psql

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// script runs psql on the instance's own socket, as the superuser that owns it.
const script = `cd / && unset PGOPTIONS PGSERVICE PGHOSTADDR PGCLIENTENCODING && ` +
	`exec "${1:+$1/}psql" -X -q -At -w -d "dbname='$4' host='$2' port=$3 application_name=belt connect_timeout=10"`

const (
	grace    = 2 * time.Second  // for an idle psql to leave
	farewell = 10 * time.Second // for ending a statement that nobody waits for any more
)

// Place is where an instance is reached on its server.
type Place struct {
	Owner     string // the system user, "postgres"
	BinDir    string // empty: psql is found by the shell
	SocketDir string
	Port      int
	// Login, when set, changes the command so that psql logs in as another account than the owner.
	Login func(remote.Command) (remote.Command, error)
}

// Session is one psql with one connection to one database. It is not safe for concurrent use.
type Session struct {
	runner  remote.Runner
	place   Place
	backend string // pid and start of the server process, as the WHERE clause that finds it

	in    *io.PipeWriter
	out   *bufio.Reader
	cut   func(error) // makes a blocked read of out return
	stop  context.CancelFunc
	ended chan struct{} // closed when psql has ended, with result and err filled

	result remote.Result
	err    error

	asked  int
	broken error // why it can be asked no more
}

// Open connects to the database, for reading only. The session outlives a ctx that ends later; Close ends it.
func Open(ctx context.Context, runner remote.Runner, place Place, database string) (*Session, error) {
	in, toIn := io.Pipe()
	fromOut, out := io.Pipe()
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Session{
		runner: runner, place: place, in: toIn, out: bufio.NewReaderSize(fromOut, 64<<10), stop: stop,
		cut: func(err error) { fromOut.CloseWithError(err) }, ended: make(chan struct{}),
	}
	go func() {
		s.result, s.err = place.run(run, runner, "query database "+database, database, in, out)
		in.CloseWithError(io.ErrClosedPipe)
		out.CloseWithError(io.EOF)
		close(s.ended)
	}()
	rows, err := s.Rows(ctx, settle)
	if err == nil && (len(rows) != 1 || len(rows[0]) != 3) {
		err = fmt.Errorf("%s: unexpected answer of psql: %q", runner.Server(), rows)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.backend = fmt.Sprintf("pid = %s AND extract(epoch FROM backend_start)::text = '%s'", rows[0][0], rows[0][1])
	return s, nil
}

func (p Place) run(ctx context.Context, r remote.Runner, title, database string, in io.Reader, out io.Writer) (remote.Result, error) {
	cmd := p.command(title, database, in, out)
	if p.Login != nil {
		var err error
		if cmd, err = p.Login(cmd); err != nil {
			return remote.Result{}, err
		}
	}
	return r.Run(ctx, cmd)
}

func (p Place) command(title, database string, in io.Reader, out io.Writer) remote.Command {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	return remote.Command{
		Title: title, Script: script,
		Args: []string{p.BinDir, quoted(p.SocketDir), strconv.Itoa(p.Port), quoted(database)},
		As:   p.Owner, Stdin: in, Stdout: out, ReadOnly: true,
	}
}

// Rows asks one question. Each statement must select one column, a JSON array made by json_build_array; the values
// come as text, null as the empty string. An [*Error] is the server's answer; after any other error the session is over.
func (s *Session) Rows(ctx context.Context, sql string) ([][]string, error) {
	replies, err := s.Ask(ctx, sql)
	if err != nil {
		return nil, err
	}
	return replies[0].Rows, replies[0].Err
}

// Ask asks many questions in one round trip, each a transaction of its own, and returns as many replies in their order.
// Statements are as for Rows. After an error the session is over.
func (s *Session) Ask(ctx context.Context, statements ...string) ([]Reply, error) {
	if s.broken == nil {
		s.broken = ctx.Err()
	}
	if s.broken != nil {
		return nil, s.broken
	}
	first := s.asked
	s.asked += len(statements)
	wrote := make(chan struct{})
	go func() { // reading starts at once, or both pipes would fill
		defer close(wrote)
		for i, sql := range statements {
			if _, err := io.WriteString(s.in, frame(sql, first+i)); err != nil {
				return // psql ended; the reader finds out why
			}
		}
	}()
	release := context.AfterFunc(ctx, func() { s.cut(ctx.Err()) })
	replies := make([]Reply, len(statements))
	for i := range replies {
		if replies[i], s.broken = s.read(first + i); s.broken != nil {
			break
		}
	}
	if !release() && s.broken == nil {
		s.broken = ctx.Err()
	}
	if s.broken != nil {
		s.in.Close()
		if ctx.Err() != nil {
			s.broken = ctx.Err()
		}
		return nil, s.broken
	}
	<-wrote
	return replies, nil
}

// read takes the answer to one statement from psql's output.
func (s *Session) read(number int) (Reply, error) {
	reply, err := readReply(s.out, number)
	if err == nil {
		var failed *Error
		if errors.As(reply.Err, &failed) {
			failed.Server = s.runner.Server()
		}
		return reply, nil
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return reply, fmt.Errorf("%s: reading psql's answer: %w", s.runner.Server(), err)
	}
	<-s.ended
	if s.err != nil {
		return reply, s.err
	}
	return reply, fmt.Errorf("%s: psql ended: %s", s.runner.Server(), strings.TrimSpace(s.result.Stderr))
}

// Close ends psql, and on the server what it was still doing. It may be called again.
func (s *Session) Close() {
	defer s.stop()
	if s.gone(0) {
		return
	}
	s.in.Close()
	if s.broken == nil {
		go io.Copy(io.Discard, s.out)
		if s.gone(grace) {
			return
		}
	} else {
		s.cut(io.ErrClosedPipe)
	}
	if s.backend != "" && !s.gone(0) {
		s.terminate()
		s.gone(grace)
	}
	s.stop()
	s.gone(farewell)
}

// gone waits for psql to end.
func (s *Session) gone(within time.Duration) bool {
	select {
	case <-s.ended:
		return true
	default:
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-s.ended:
		return true
	case <-timer.C:
		return false
	}
}

// terminate ends the server process of this session, which a psql that goes away would leave at its work.
func (s *Session) terminate() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	sql := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'belt' AND " + s.backend + ";\n"
	// Best effort: the statement ends by itself too, after its timeout at the latest.
	_, _ = s.place.run(ctx, s.runner, "end a statement of belt", "postgres", strings.NewReader(sql), io.Discard)
}
