package compare

import (
	"context"
	"errors"
	"strings"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/internal/engine/postgresql/psql"
)

// Session is a connection to one database that answers batches of statements; see [psql.Session].
type Session interface {
	Ask(ctx context.Context, statements ...string) ([]psql.Reply, error)
	Close()
}

// Server is one of the two servers.
type Server struct {
	Name string // as shown to the user
	Open func(ctx context.Context, database string) (Session, error)
}

// side is one server's connection to the database that is being compared.
type side struct {
	name     string
	session  Session
	version  int // 150018
	patience time.Duration
}

// ask asks many statements at once, and those again that failed for a moment only: cancelled by the replay of a
// standby, or waiting for a lock.
func (s *side) ask(ctx context.Context, statements ...string) ([]psql.Reply, error) {
	return shared.Ask(ctx, s.patience, s.session.Ask, func(r psql.Reply) bool { return passing(r.Err) }, statements...)
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
	rows, err := s.rows(ctx, "SELECT json_build_array("+expression+")")
	if err != nil {
		return "", err
	}
	if len(rows) != 1 || len(rows[0]) != 1 {
		return "", errors.New(s.name + ": no answer to " + expression)
	}
	return rows[0][0], nil
}

// passing tells whether the same statement may succeed in a moment.
func passing(err error) bool {
	switch state(err) {
	case "40001", // on a standby: conflict with recovery
		"40P01", // deadlock, also with recovery
		"55P03", // lock_timeout: an ALTER TABLE, or its replay
		"57014": // statement_timeout, or somebody cancelled it
		return true
	}
	return false
}

// moved tells whether the statement failed because the relation is no longer what it was.
func moved(err error) bool {
	switch state(err) {
	case "42P01", "42703", "3F000", "42809": // no such table, column, schema; not a table
		return true
	case "XX000": // it was dropped between two looks into the catalog
		var failed *psql.Error
		return errors.As(err, &failed) && (strings.Contains(failed.Message, "could not open relation with OID") ||
			strings.Contains(failed.Message, "cache lookup failed"))
	}
	return false
}

func state(err error) string {
	var failed *psql.Error
	if errors.As(err, &failed) {
		return failed.State
	}
	return ""
}
