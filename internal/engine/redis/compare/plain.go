package compare

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// What a server that runs no scripts for Belt is asked by the types' own commands, many at once. Values come to Belt, which
// digests them here; the big ones in pieces, as with scripts.

// plainBytes is how much is fetched at once.
const plainBytes = 4 << 20

// content is what one key holds.
type content struct {
	kind   string
	expiry int64
	size   int64 // bytes, about
	text   string
	later  bool // it is to be read in pieces
	moved  bool // it became another type meanwhile
}

// sized are the commands that tell how many elements a type has, or bytes.
var sized = map[string]string{"string": "STRLEN", "list": "LLEN", "set": "SCARD", "hash": "HLEN", "zset": "ZCARD", "stream": "XLEN"}

// plainNamed is named without scripts.
func (s *side) plainNamed(ctx context.Context, keys []string) (page, error) {
	p := page{keys: keys}
	for at := 0; at < len(keys); at += callKeys {
		told, err := s.contents(ctx, keys[at:min(at+callKeys, len(keys))])
		if err != nil {
			return p, err
		}
		for _, c := range told {
			p.entries = append(p.entries, entry{c.kind, c.expiry, c.digest(s.name)})
		}
	}
	return p, nil
}

// plainGroups is groups without scripts: each key is one by itself.
func (s *side) plainGroups(ctx context.Context, keys []string, exact bool) ([]group, error) {
	var out []group
	for at := 0; at < len(keys); at += callKeys {
		told, err := s.contents(ctx, keys[at:min(at+callKeys, len(keys))])
		if err != nil {
			return nil, err
		}
		for i, c := range told {
			g := group{from: at + i, size: 1, bytes: c.size + int64(len(keys[at+i])) + 64, digest: c.kind + " " + c.digest(s.name)}
			switch {
			case exact:
				g.digest += fmt.Sprint(" ", c.expiry)
			case c.expiry >= 0:
				g.expiries = []int64{c.expiry}
			}
			if c.later {
				g.big = []int{g.from}
			}
			out = append(out, g)
		}
	}
	return out, nil
}

// digest is the content's in the form of named.lua.
func (c content) digest(server string) string {
	switch {
	case c.moved:
		return "moved-on-" + server // like no other: it is asked again
	case c.later:
		return later
	}
	sum := sha1.Sum([]byte(c.text))
	text := hex.EncodeToString(sum[:])
	if _, known := sized[c.kind]; !known && c.kind != "none" {
		return "!" + text
	}
	return text
}

// contents reads keys.
func (s *side) contents(ctx context.Context, keys []string) ([]content, error) {
	out, err := s.kinds(ctx, keys)
	if err != nil {
		return nil, err
	}
	if err := s.weigh(ctx, keys, out); err != nil {
		return nil, err
	}
	for at := 0; at < len(keys); {
		to, bytes := at, int64(0)
		for to < len(keys) && (to == at || bytes+out[to].size <= plainBytes) {
			if !out[to].later {
				bytes += out[to].size
			}
			to++
		}
		if err := s.fetch(ctx, keys[at:to], out[at:to]); err != nil {
			return nil, err
		}
		at = to
	}
	return out, nil
}

// kinds asks for the types and the expiries.
func (s *side) kinds(ctx context.Context, keys []string) ([]content, error) {
	ttl := "PTTL"
	if s.can.absolute {
		ttl = "PEXPIRETIME"
	}
	replies, err := s.ask(ctx, append(append(each(keys, "TYPE"), each(keys, ttl)...), []string{"TIME"})...)
	if err != nil {
		return nil, err
	}
	now := int64(0)
	if clock := replies[2*len(keys)].Values(); len(clock) == 2 && !s.can.absolute {
		seconds, _ := strconv.ParseInt(clock[0], 10, 64)
		micros, _ := strconv.ParseInt(clock[1], 10, 64)
		now = seconds*1000 + micros/1000
	}
	out := make([]content, len(keys))
	for i := range keys {
		out[i].kind = replies[i].Value()
		ends, err := strconv.ParseInt(replies[len(keys)+i].Value(), 10, 64)
		if err != nil {
			return nil, s.odd(nil, replies[len(keys)+i].Values())
		}
		if out[i].expiry = -1; ends >= 0 {
			out[i].expiry = now + ends
		}
	}
	return out, nil
}

// weigh asks for the sizes, and leaves the big keys for later.
func (s *side) weigh(ctx context.Context, keys []string, told []content) error {
	var commands [][]string
	var of []int
	for i, c := range told {
		size, known := sized[c.kind]
		if known {
			commands, of = append(commands, []string{size, keys[i]}), append(of, i)
		}
		if c.kind != "string" && c.kind != "none" {
			commands, of = append(commands, []string{"MEMORY", "USAGE", keys[i], "SAMPLES", "3"}), append(of, i)
		}
	}
	replies, err := s.replies(ctx, commands, of, told)
	if err != nil {
		return err
	}
	for n, i := range of {
		c := &told[i]
		value, _ := strconv.ParseInt(replies[n].Value(), 10, 64) // nil, of a key that has just gone, is 0
		_, known := sized[c.kind]
		if commands[n][0] == "MEMORY" || c.kind == "string" {
			c.size = value
			c.later = c.later || known && value > heavy
		} else {
			c.later = c.later || value > mostParts
		}
	}
	return nil
}

// replies asks, and marks the keys that became others meanwhile: of[i] is the place in told of command i's key.
func (s *side) replies(ctx context.Context, commands [][]string, of []int, told []content) ([]talk.Reply, error) {
	if len(commands) == 0 {
		return nil, nil
	}
	replies, err := s.Ask(ctx, commands...)
	if err != nil {
		return nil, err
	}
	for n, r := range replies {
		refusal, is := errors.AsType[*talk.Error](r.Err)
		switch {
		case r.Err == nil:
		case is && (strings.HasPrefix(refusal.Message, "WRONGTYPE") || strings.HasPrefix(refusal.Message, "ERR no such key")):
			told[of[n]].moved = true
		default:
			return nil, r.Err
		}
	}
	return replies, nil
}
