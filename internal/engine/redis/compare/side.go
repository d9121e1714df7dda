package compare

import (
	"context"
	"fmt"
	"strconv"
	"time"

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

// side is a server in the course of a comparison, with a database chosen.
type side struct {
	Session
	name string
	can  abilities
}

func open(ctx context.Context, s Server, db int) (*side, error) {
	session, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	out := &side{session, s.Name, abilities{s.Absolute, s.Fields}}
	if _, err := out.values(ctx, []string{"SELECT", strconv.Itoa(db)}); err != nil {
		session.Close()
		return nil, err
	}
	return out, nil
}

// values asks one command that has to succeed.
func (s *side) values(ctx context.Context, command []string) ([]string, error) {
	replies, err := talk.Must(s.Ask(ctx, command))
	if err != nil {
		return nil, err
	}
	return replies[0].Values(), nil
}

// page is some keys and what their server says of them.
type page struct {
	keys    []string
	entries []entry
}

// scan returns the page at the cursor, and the next cursor, "0" after the last page.
func (s *side) scan(ctx context.Context, cursor string) (page, string, error) {
	v, err := s.values(ctx, s.can.eval(scanLua, cursor, strconv.Itoa(pageKeys)))
	if err != nil || len(v)%2 != 1 {
		return page{}, "", s.odd(err, v)
	}
	var p page
	for i := 1; i < len(v); i += 2 {
		e, err := parseEntry(v[i+1])
		if err != nil {
			return page{}, "", fmt.Errorf("%s: %w", s.name, err)
		}
		p.keys, p.entries = append(p.keys, v[i]), append(p.entries, e)
	}
	return p, v[0], s.complete(ctx, &p)
}

// named returns what the server says of these keys.
func (s *side) named(ctx context.Context, keys []string) (page, error) {
	p := page{keys: keys, entries: make([]entry, len(keys))}
	for i := range p.entries {
		p.entries[i].digest = skipped
	}
	return p, s.complete(ctx, &p)
}

// complete asks for what a page left out.
func (s *side) complete(ctx context.Context, p *page) error {
	for {
		var places []int
		var keys []string
		for i, e := range p.entries {
			if e.digest == skipped && len(keys) < pageKeys {
				places, keys = append(places, i), append(keys, p.keys[i])
			}
		}
		if len(keys) == 0 {
			return nil
		}
		v, err := s.values(ctx, s.can.eval(namedLua, keys...))
		if err != nil || len(v) != len(keys) {
			return s.odd(err, v)
		}
		for i, text := range v {
			if p.entries[places[i]], err = parseEntry(text); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
}

// absent returns those of the keys that the server does not have.
func (s *side) absent(ctx context.Context, keys []string) ([]string, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	v, err := s.values(ctx, plainEval(missingLua, keys...))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, text := range v {
		i, err := strconv.Atoi(text)
		if err != nil || i < 1 || i > len(keys) {
			return nil, s.odd(nil, v)
		}
		out = append(out, keys[i-1])
	}
	return out, nil
}

// names returns a page of keys alone.
func (s *side) names(ctx context.Context, cursor string) (keys []string, next string, err error) {
	v, err := s.values(ctx, plainEval(namesLua, cursor, strconv.Itoa(pageNames)))
	if err != nil || len(v) == 0 {
		return nil, "", s.odd(err, v)
	}
	return v[1:], v[0], nil
}

// info is INFO of one section.
func (s *side) info(ctx context.Context, section string) (map[string]string, error) {
	replies, err := talk.Must(s.Ask(ctx, []string{"INFO", section}))
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

// meter holds a comparison to a rate.
type meter struct {
	rate  int64 // bytes per second; 0 for no limit
	begun time.Time
	bytes int64
}

// took waits until so many more bytes are within the rate.
func (m *meter) took(ctx context.Context, bytes int64) error {
	m.bytes += bytes
	if m.rate <= 0 {
		return ctx.Err()
	}
	due := time.Duration(float64(m.bytes) / float64(m.rate) * float64(time.Second))
	wait := due - time.Since(m.begun)
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(wait):
		return nil
	}
}
