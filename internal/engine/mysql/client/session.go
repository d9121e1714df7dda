package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dbbelt/belt/internal/dialogue"
	"github.com/dbbelt/belt/pkg/remote"
)

// script runs the client on the instance's own socket. An account that the inventory names comes as $login.
const script = `cd / && "$1" "${login:---no-defaults}" ${user---user=root} --protocol=socket --socket="$2" --connect-timeout=10 ` +
	`--default-character-set=utf8mb4 --batch --skip-column-names --unbuffered --force --skip-reconnect 2>&1`

// Place is where an instance is reached on its server.
type Place struct {
	Client string // the program: "/usr/bin/mariadb"
	Socket string
	// Login, when set, changes the command so that the client logs in as another account than root.
	Login func(remote.Command) (remote.Command, error)
}

// Session is one client with one connection. It is not safe for concurrent use.
type Session struct {
	runner remote.Runner
	place  Place
	id     string // the server's number of this connection
	talk   *dialogue.Dialogue
	asked  int
}

// Open connects, for reading only. The session outlives a ctx that ends later; Close ends it.
func Open(ctx context.Context, runner remote.Runner, place Place) (*Session, error) {
	s := &Session{runner: runner, place: place}
	s.talk = dialogue.Open(ctx, runner.Server(), place.Client, func(ctx context.Context, in io.Reader, out io.Writer) (remote.Result, error) {
		return place.run(ctx, runner, "query the database", in, out)
	})
	replies, err := s.Ask(ctx, append([]string{"SELECT '=', CONNECTION_ID()"}, settle...)...)
	if err == nil {
		err = replies[0].Err
	}
	if err == nil && (len(replies[0].Rows) != 1 || len(replies[0].Rows[0]) != 1) {
		err = fmt.Errorf("%s: unexpected answer of the client: %q", runner.Server(), replies[0].Rows)
	}
	for i, reply := range replies[1:] {
		if err == nil && reply.Err != nil && !optional(settle[i]) {
			err = reply.Err
		}
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.id = replies[0].Rows[0][0]
	return s, nil
}

func (p Place) run(ctx context.Context, r remote.Runner, title string, in io.Reader, out io.Writer) (remote.Result, error) {
	cmd := remote.Command{Title: title, Script: script, Args: []string{p.Client, p.Socket}, As: "root", Stdin: in, Stdout: out, ReadOnly: true}
	if p.Login != nil {
		var err error
		if cmd, err = p.Login(cmd); err != nil {
			return remote.Result{}, err
		}
	}
	return r.Run(ctx, cmd)
}

// Ask asks many questions in one round trip, each a transaction of its own, and returns as many replies in their order.
// Each statement is a SELECT with '=' as its first column, or returns no rows. An [*Error] in a reply is the server's
// answer; after any other error the session is over.
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
			replies[i], err = readReply(out, first+i)
			for _, e := range []error{err, replies[i].Err} {
				if refused, is := errors.AsType[*Error](e); is {
					refused.Server = s.runner.Server()
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return replies, nil
}

// Close ends the client, and on the server what it was still doing. It may be called again.
func (s *Session) Close() {
	if s.id == "" {
		s.talk.Close(nil)
		return
	}
	s.talk.Close(s.terminate)
}

// terminate ends the connection of this session, which a client that goes away would leave at its work.
func (s *Session) terminate(ctx context.Context) {
	// Best effort: the statement ends by itself too, after its timeout at the latest.
	_, _ = s.place.run(ctx, s.runner, "end a statement of belt", strings.NewReader("KILL CONNECTION "+s.id+";\n"), io.Discard)
}
