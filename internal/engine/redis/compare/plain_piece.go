package compare

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// plainPiece is what piece.lua answers, without scripts.
func (s *side) plainPiece(ctx context.Context, key, kind, at string) ([]string, error) {
	count := strconv.Itoa(pieces)
	from, _ := strconv.Atoi(at)
	until := func(step int) string { return strconv.Itoa(from + step - 1) }
	switch kind {
	case "string":
		v, err := s.values(ctx, []string{"GETRANGE", key, strconv.Itoa(from), until(heavy)})
		text := strings.Join(v, "")
		return ordered(following(len(text), heavy, from), len(text), text), err
	case "list":
		v, err := s.values(ctx, []string{"LRANGE", key, strconv.Itoa(from), until(pieces)})
		return ordered(following(len(v), pieces, from), len(v), parts(v)), err
	case "zset":
		v, err := s.values(ctx, []string{"ZRANGE", key, strconv.Itoa(from), until(pieces), "WITHSCORES"})
		return ordered(following(len(v)/2, pieces, from), len(v)/2, scored(v)), err
	case "set", "hash":
		scan, step := "SSCAN", 1
		if kind == "hash" {
			scan, step = "HSCAN", 2
		}
		if at == "" {
			at = "0"
		}
		v, err := s.values(ctx, []string{scan, key, at, "COUNT", count})
		if err != nil || len(v) == 0 {
			return v, err
		}
		return mixed(v[0], v[1:], step), nil
	}
	if at == "" {
		at = "-"
	}
	return s.streamPiece(ctx, key, at)
}

// following is where the next piece begins, empty after the last.
func following(have, full, from int) string {
	if have < full {
		return ""
	}
	return strconv.Itoa(from + full)
}

func ordered(next string, n int, text string) []string {
	sum := sha1.Sum([]byte(text))
	return []string{next, strconv.Itoa(n), hex.EncodeToString(sum[:])}
}

// mixed are three numbers that do not depend on the order.
func mixed(cursor string, v []string, step int) []string {
	if cursor == "0" {
		cursor = ""
	}
	var sum [3]uint32
	n := 0
	for ; (n+1)*step <= len(v); n++ {
		h := sha1.Sum([]byte(parts(v[n*step : (n+1)*step])))
		for i := range sum {
			sum[i] ^= binary.BigEndian.Uint32(h[4*i:])
		}
	}
	out := []string{cursor, strconv.Itoa(n)}
	for _, part := range sum {
		out = append(out, strconv.FormatUint(uint64(part), 10))
	}
	return out
}

// entryID is how the id of an entry of a stream looks.
var entryID = regexp.MustCompile(`^([0-9]{1,20})-([0-9]{1,20})$`)

// streamPiece reads entries of a stream. The client prints their ids among their fields and values: the last id is the
// greatest of what looks like one and is one.
func (s *side) streamPiece(ctx context.Context, key, at string) ([]string, error) {
	replies, err := s.ask(ctx, append([][]string{{"XRANGE", key, at, "+", "COUNT", strconv.Itoa(pieces)}}, readers(key)...)...)
	if err != nil {
		return nil, err
	}
	v := replies[0].Values()
	var ids [][2]uint64
	for _, text := range v {
		if m := entryID.FindStringSubmatch(text); m != nil {
			ms, err1 := strconv.ParseUint(m[1], 10, 64)
			seq, err2 := strconv.ParseUint(m[2], 10, 64)
			if err1 == nil && err2 == nil {
				ids = append(ids, [2]uint64{ms, seq})
			}
		}
	}
	slices.SortFunc(ids, func(a, b [2]uint64) int { return slices.Compare(b[:], a[:]) })
	for _, id := range ids {
		last := strconv.FormatUint(id[0], 10) + "-" + strconv.FormatUint(id[1], 10)
		next := strconv.FormatUint(id[0], 10) + "-" + strconv.FormatUint(id[1]+1, 10)
		replies, err := s.ask(ctx, []string{"XRANGE", key, last, last}, []string{"XRANGE", key, next, "+", "COUNT", "1"})
		if err != nil {
			return nil, err
		}
		if replies[0].Value() != last {
			continue
		}
		if replies[1].Value() == "" {
			break // it is the last of all
		}
		return ordered(next, len(v), parts(v)), nil
	}
	return ordered("", len(v), parts(v)+readerParts(replies[1], replies[2])), nil
}
