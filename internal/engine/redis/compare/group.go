package compare

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// group is some keys that follow each other in a page, and what a server says of them together.
type group struct {
	from, size int
	bytes      int64
	digest     string
	big        []int   // places in the page of keys that are to be read in pieces
	expiries   []int64 // of the keys that expire, where they are no part of the digest
}

// suspects are the places in the page of keys that may not be the same on the replica.
func (g group) suspects(replica group, tolerance time.Duration) []int {
	same := g.digest == replica.digest && len(g.expiries) == len(replica.expiries)
	for i := 0; same && i < len(g.expiries); i++ {
		same = apart(g.expiries[i], replica.expiries[i]) <= tolerance
	}
	if same {
		return g.big // on both sides alike, since the digest says which they are
	}
	places := make([]int, g.size)
	for i := range places {
		places[i] = g.from + i
	}
	return places
}

// span is a part of a page, without its end.
type span struct{ from, to int }

// groups asks for all keys of a page, in groups like those given, or in such as their server finds fit. exact: it knows of
// each key to the millisecond when it expires, and so does the other side.
func (s *side) groups(ctx context.Context, keys []string, like []group, exact bool) ([]group, error) {
	if s.can.plain {
		return s.plainGroups(ctx, keys, exact)
	}
	var out []group
	for open := spans(len(keys), like); len(open) > 0; {
		commands := make([][]string, len(open))
		for i, part := range open {
			settings := []string{flag(exact), sizes(part, like), strconv.Itoa(groupKeys), strconv.Itoa(groupBytes)}
			commands[i] = s.can.eval(groupsLua, append(settings, keys[part.from:part.to]...)...)
		}
		replies, err := s.ask(ctx, commands...)
		if err != nil {
			return nil, err
		}
		var rest []span
		for i, reply := range replies {
			at := open[i].from
			for _, text := range reply.Values() {
				g, err := parseGroup(text, at)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", s.name, err)
				}
				out, at = append(out, g), at+g.size
			}
			if at == open[i].from || at > open[i].to {
				return nil, s.odd(nil, reply.Values())
			}
			if at < open[i].to {
				rest = append(rest, span{at, open[i].to})
			}
		}
		open = rest
	}
	slices.SortFunc(out, func(a, b group) int { return cmp.Compare(a.from, b.from) })
	return out, nil
}

// spans cuts a page into what one call may look at, where a group ends.
func spans(keys int, like []group) []span {
	var out []span
	for at := 0; at < keys; {
		to := min(at+callKeys, keys)
		if len(like) > 0 {
			to = at
			for _, g := range like {
				if g.from >= at && (to == at || g.from+g.size-at <= callKeys) {
					to = g.from + g.size
				}
			}
		}
		out, at = append(out, span{at, to}), to
	}
	return out
}

// sizes are those of the groups in a part of the page.
func sizes(part span, like []group) string {
	var out []string
	for _, g := range like {
		if g.from >= part.from && g.from < part.to {
			out = append(out, strconv.Itoa(g.size))
		}
	}
	return strings.Join(out, ",")
}

// parseGroup reads "size bytes digest places expiries".
func parseGroup(text string, from int) (group, error) {
	bad := fmt.Errorf("a digest that is none: %.60q", text)
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return group{}, bad
	}
	size, err := strconv.Atoi(fields[0])
	if err != nil || size < 1 {
		return group{}, bad
	}
	g := group{from: from, size: size, digest: fields[2]}
	if g.bytes, err = strconv.ParseInt(fields[1], 10, 64); err != nil {
		return group{}, bad
	}
	for _, place := range listed(fields[3]) {
		if place < 0 || place >= int64(size) {
			return group{}, bad
		}
		g.big = append(g.big, from+int(place))
	}
	g.expiries = listed(fields[4])
	return g, nil
}

// listed are the numbers of a list, of which "-" is the empty one; what is no number is -1.
func listed(text string) []int64 {
	if text == "-" {
		return nil
	}
	var out []int64
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			n = -1
		}
		out = append(out, n)
	}
	return out
}
