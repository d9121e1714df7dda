package compare

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// Server is one of the two.
type Server struct {
	Name string
	Open func(context.Context) (Session, error)
	// Absolute: it knows PEXPIRETIME. Fields: fields of its hashes may expire.
	Absolute, Fields bool
}

// Session is a connection; see [talk.Session].
type Session interface {
	Ask(ctx context.Context, commands ...[]string) ([]talk.Reply, error)
	Close()
}

// side is a connection to a server in the course of a comparison, with a database chosen.
type side struct {
	Session
	name string
	can  abilities
	busy *sync.Mutex // a walk and a second look may share a connection
}

// Ask asks many questions; others wait meanwhile.
func (s *side) Ask(ctx context.Context, commands ...[]string) ([]talk.Reply, error) {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.Session.Ask(ctx, commands...)
}

func (c *comparison) open(ctx context.Context, s Server, db int) (*side, error) {
	session, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	out := &side{session, s.Name, abilities{s.Absolute, s.Fields, c.plain != ""}, new(sync.Mutex)}
	if _, err := out.values(ctx, []string{"SELECT", strconv.Itoa(db)}); err != nil {
		session.Close()
		return nil, err
	}
	return out, nil
}

// ask asks commands that have to succeed.
func (s *side) ask(ctx context.Context, commands ...[]string) ([]talk.Reply, error) {
	return talk.Must(s.Ask(ctx, commands...))
}

// values asks one command that has to succeed.
func (s *side) values(ctx context.Context, command []string) ([]string, error) {
	replies, err := s.ask(ctx, command)
	if err != nil {
		return nil, err
	}
	return replies[0].Values(), nil
}

// info is INFO of one section.
func (s *side) info(ctx context.Context, section string) (map[string]string, error) {
	replies, err := s.ask(ctx, []string{"INFO", section})
	if err != nil {
		return nil, err
	}
	return replies[0].Fields(), nil
}

func (s *side) odd(err error, v []string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: an answer of %d values that makes no sense", s.name, len(v))
}
