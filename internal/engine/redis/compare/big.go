package compare

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// retries is how often a set or a hash is read anew that shows elements twice: its table is growing or shrinking then.
const retries = 5

// big reads a key in pieces and returns one digest of all. While it is changed the pieces are of different moments; what
// then differs is asked again.
func (s *side) big(ctx context.Context, key string, e entry) (entry, error) {
	for try := 0; ; try++ {
		digest, twice, err := s.pieces(ctx, key, e.kind)
		if err != nil {
			return e, err
		}
		if !twice || try == retries {
			e.digest = digest
			return e, nil
		}
	}
}

// pieces is one reading. twice tells that elements of a table were shown more than once.
func (s *side) pieces(ctx context.Context, key, kind string) (digest string, twice bool, err error) {
	ordered := sha256.New()
	var mixed [3]uint32
	var count int64
	at := ""
	for {
		v, err := s.piece(ctx, key, kind, at)
		if err != nil || len(v) < 2 {
			return "", false, s.odd(err, v)
		}
		n, _ := strconv.ParseInt(v[1], 10, 64)
		count += n
		switch len(v) {
		case 3:
			fmt.Fprintf(ordered, "%s;", v[2])
		case 5:
			for i := range mixed {
				x, err := strconv.ParseInt(v[2+i], 10, 64)
				if err != nil {
					return "", false, s.odd(nil, v)
				}
				mixed[i] ^= uint32(x)
			}
		default:
			return "", false, s.odd(nil, v)
		}
		if at = v[0]; at == "" {
			break
		}
	}
	if kind != "set" && kind != "hash" {
		return "b" + hex.EncodeToString(ordered.Sum(nil)[:12]), false, nil
	}
	size := "SCARD"
	if kind == "hash" {
		size = "HLEN"
	}
	v, err := s.values(ctx, []string{size, key})
	if err != nil || len(v) != 1 {
		return "", false, s.odd(err, v)
	}
	return fmt.Sprintf("b%s-%08x%08x%08x", v[0], mixed[0], mixed[1], mixed[2]), v[0] != strconv.FormatInt(count, 10), nil
}

// piece asks for one: where the next begins, how many elements it has, and their digest or, of a table, three numbers.
func (s *side) piece(ctx context.Context, key, kind, at string) ([]string, error) {
	if s.can.plain {
		return s.plainPiece(ctx, key, kind, at)
	}
	return s.values(ctx, s.can.eval(pieceLua, key, kind, at, strconv.Itoa(pieces), strconv.Itoa(heavy)))
}

// full is named, with the big keys read in pieces. It adds those that it finds to big, and reads all of big so.
func (s *side) full(ctx context.Context, keys []string, big map[string]bool) (page, error) {
	p, err := s.named(ctx, keys)
	if err != nil {
		return p, err
	}
	for i, key := range keys {
		e := p.entries[i]
		if e.whole() && !big[key] || !inPieces[e.kind] {
			continue
		}
		big[key] = true
		if p.entries[i], err = s.big(ctx, key, e); err != nil {
			return p, err
		}
	}
	return p, nil
}

// inPieces are the types that can be read so.
var inPieces = map[string]bool{"string": true, "list": true, "set": true, "hash": true, "zset": true, "stream": true}
