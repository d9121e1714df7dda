package psql

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/dialogue"
	"github.com/dbbelt/belt/pkg/remote"
)

// script runs psql on the instance's own socket, as the superuser that owns it.
const script = `cd / && unset PGOPTIONS PGSERVICE PGHOSTADDR PGCLIENTENCODING && ` +
	`exec "${1:+$1/}psql" -X -q -At -w -d "dbname='$4' host='$2' port=$3 application_name=belt connect_timeout=10"`

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

	talk  *dialogue.Dialogue
	asked int
}

// Open connects to the database, for reading only. The session outlives a ctx that ends later; Close ends it.
func Open(ctx context.Context, runner remote.Runner, place Place, database string) (*Session, error) {
	s := &Session{runner: runner, place: place}
	s.talk = dialogue.Open(ctx, runner.Server(), "psql", func(ctx context.Context, in io.Reader, out io.Writer) (remote.Result, error) {
		return place.run(ctx, runner, "query database "+database, database, in, out)
	})
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
	first := s.asked
	s.asked += len(statements)
	questions := make([]string, len(statements))
	for i, sql := range statements {
		questions[i] = frame(sql, first+i)
	}
	replies := make([]Reply, len(statements))
	err := s.talk.Ask(ctx, questions, func(out *bufio.Reader) (err error) {
		for i := range replies {
			if replies[i], err = readReply(out, first+i); err != nil {
				return err
			}
			var failed *Error
			if errors.As(replies[i].Err, &failed) {
				failed.Server = s.runner.Server()
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return replies, nil
}

// Close ends psql, and on the server what it was still doing. It may be called again.
func (s *Session) Close() {
	if s.backend == "" {
		s.talk.Close(nil)
		return
	}
	s.talk.Close(s.terminate)
}

// terminate ends the server process of this session, which a psql that goes away would leave at its work.
func (s *Session) terminate(ctx context.Context) {
	sql := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'belt' AND " + s.backend + ";\n"
	// Best effort: the statement ends by itself too, after its timeout at the latest.
	_, _ = s.place.run(ctx, s.runner, "end a statement of belt", "postgres", strings.NewReader(sql), io.Discard)
}
