package compare

import (
	"context"
	"errors"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/internal/engine/mysql/client"
)

// Session is a connection that answers batches of statements; see [client.Session].
type Session interface {
	Ask(ctx context.Context, statements ...string) ([]client.Reply, error)
	Close()
}

// Server is one of the two servers.
type Server struct {
	Name string // as shown to the user
	Open func(ctx context.Context) (Session, error)
}

// side is one server's connection.
type side struct {
	name     string
	session  Session
	version  version
	patience time.Duration
}

// ask asks many statements at once, and those again that failed for a moment only.
func (s *side) ask(ctx context.Context, statements ...string) ([]client.Reply, error) {
	return shared.Ask(ctx, s.patience, s.session.Ask, func(r client.Reply) bool { return passing[number(r.Err)] }, statements...)
}

// rows asks one statement.
func (s *side) rows(ctx context.Context, statement string) ([][]string, error) {
	replies, err := s.ask(ctx, statement)
	if err != nil {
		return nil, err
	}
	return replies[0].Rows, replies[0].Err
}

// value asks for one value.
func (s *side) value(ctx context.Context, expression string) (string, error) {
	rows, err := s.rows(ctx, "SELECT '=', "+expression)
	if err != nil {
		return "", err
	}
	if len(rows) != 1 || len(rows[0]) != 1 {
		return "", errors.New(s.name + ": no answer to " + expression)
	}
	return rows[0][0], nil
}

// passing are the errors after which the same statement may succeed in a moment.
var passing = map[int]bool{
	1205: true, // lock_wait_timeout: an ALTER TABLE
	1213: true, // deadlock
	1317: true, // somebody interrupted it
	1412: true, // the table was altered since the statement began
	1969: true, // max_statement_time
	3024: true, // max_execution_time
}

// altered are the errors of a table that is no longer what it was.
var altered = map[int]bool{
	1049: true, // unknown database
	1054: true, // unknown column
	1146: true, // no such table
	1176: true, // no such index
	1347: true, // not a table any more
}

func number(err error) int {
	if refused, is := errors.AsType[*client.Error](err); is {
		return refused.Number
	}
	return 0
}
