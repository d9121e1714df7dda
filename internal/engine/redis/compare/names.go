package compare

import (
	"context"
	"fmt"
	"strconv"
)

// names returns the keys of the page at the cursor, and the next cursor, "0" after the last page.
func (s *side) names(ctx context.Context, cursor string) (keys []string, next string, err error) {
	// SCAN itself answers with a list in a list; the client prints them one after the other.
	v, err := s.values(ctx, []string{"SCAN", cursor, "COUNT", strconv.Itoa(pageNames)})
	if err != nil || len(v) == 0 {
		return nil, "", s.odd(err, v)
	}
	return v[1:], v[0], nil
}

// absent returns those of the keys that the server does not have.
func (s *side) absent(ctx context.Context, keys []string) ([]string, error) {
	var out []string
	if s.can.plain {
		replies, err := s.ask(ctx, each(keys, "EXISTS")...)
		if err != nil {
			return nil, err
		}
		for i, r := range replies {
			if r.Value() == "0" {
				out = append(out, keys[i])
			}
		}
		return out, nil
	}
	var commands [][]string
	parts := spans(len(keys), nil)
	for _, part := range parts {
		commands = append(commands, plainEval(missingLua, keys[part.from:part.to]...))
	}
	replies, err := s.ask(ctx, commands...)
	if err != nil {
		return nil, err
	}
	for n, r := range replies {
		for _, text := range r.Values() {
			i, err := strconv.Atoi(text)
			if err != nil || i < 1 || i > parts[n].to-parts[n].from {
				return nil, s.odd(nil, r.Values())
			}
			out = append(out, keys[parts[n].from+i-1])
		}
	}
	return out, nil
}

// each is one command for each key.
func each(keys []string, words ...string) [][]string {
	out := make([][]string, len(keys))
	for i, key := range keys {
		out[i] = append(append([]string{words[0]}, key), words[1:]...)
	}
	return out
}

// page is some keys and what their server says of each.
type page struct {
	keys    []string
	entries []entry
}

// named returns what the server says of these keys, one by one.
func (s *side) named(ctx context.Context, keys []string) (page, error) {
	if s.can.plain {
		return s.plainNamed(ctx, keys)
	}
	p := page{keys: keys, entries: make([]entry, len(keys))}
	for i := range p.entries {
		p.entries[i].digest = skipped
	}
	for {
		var places []int
		var open []string
		for i, e := range p.entries {
			if e.digest == skipped && len(open) < callKeys {
				places, open = append(places, i), append(open, keys[i])
			}
		}
		if len(open) == 0 {
			return p, nil
		}
		v, err := s.values(ctx, s.can.eval(namedLua, open...))
		if err != nil || len(v) != len(open) || v[0] == skipped {
			return p, s.odd(err, v)
		}
		for i, text := range v {
			if p.entries[places[i]], err = parseEntry(text); err != nil {
				return p, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
}
