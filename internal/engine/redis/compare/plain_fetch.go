package compare

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// read are the commands that read a whole key of a type; those of a module are dumped.
func (s *side) read(kind, key string) [][]string {
	switch kind {
	case "none":
		return nil
	case "string":
		return [][]string{{"GET", key}}
	case "list":
		return [][]string{{"LRANGE", key, "0", "-1"}}
	case "set":
		return [][]string{{"SMEMBERS", key}}
	case "hash":
		return [][]string{{"HGETALL", key}}
	case "zset":
		return [][]string{{"ZRANGE", key, "0", "-1", "WITHSCORES"}}
	case "stream":
		return append([][]string{{"XRANGE", key, "-", "+"}}, readers(key)...)
	}
	return [][]string{{"DUMP", key}}
}

// readers ask for what a stream has beside its entries.
func readers(key string) [][]string {
	return [][]string{{"XINFO", "STREAM", key}, {"XINFO", "GROUPS", key}}
}

// fetch fills in what the keys hold that are not left for later.
func (s *side) fetch(ctx context.Context, keys []string, told []content) error {
	var commands [][]string
	var of []int
	for i, c := range told {
		if c.later || c.moved {
			continue
		}
		for _, command := range s.read(c.kind, keys[i]) {
			commands, of = append(commands, command), append(of, i)
		}
	}
	replies, err := s.replies(ctx, commands, of, told)
	if err != nil {
		return err
	}
	ends, err := s.fieldEnds(ctx, commands, of, replies, told)
	if err != nil {
		return err
	}
	for n := 0; n < len(of); n++ {
		c := &told[of[n]]
		v := replies[n].Values()
		switch {
		case c.moved:
		case c.kind == "stream":
			c.text = parts(v) + readerParts(replies[n+1], replies[n+2])
		default:
			c.text = canonical(c.kind, v, ends[n])
		}
		if c.kind == "stream" {
			n += len(readers(""))
		}
	}
	return nil
}

// fieldEnds asks when the fields of hashes expire, by the places of the commands that read them.
func (s *side) fieldEnds(ctx context.Context, commands [][]string, of []int, replies []talk.Reply, told []content) (map[int][]string, error) {
	out := map[int][]string{}
	if !s.can.fields {
		return out, nil
	}
	var questions [][]string
	var places, keys []int
	for n, command := range commands {
		v := replies[n].Values()
		if command[0] != "HGETALL" || len(v) < 2 {
			continue
		}
		question := []string{"HPEXPIRETIME", command[1], "FIELDS", strconv.Itoa(len(v) / 2)}
		for i := 0; i+1 < len(v); i += 2 {
			question = append(question, v[i])
		}
		questions, places, keys = append(questions, question), append(places, n), append(keys, of[n])
	}
	answers, err := s.replies(ctx, questions, keys, told)
	for i := range answers {
		out[places[i]] = answers[i].Values()
	}
	return out, err
}

// canonical is a content in one form, however its server stores it.
func canonical(kind string, v, ends []string) string {
	switch kind {
	case "string":
		return strings.Join(v, "")
	case "list":
		return parts(v)
	case "set":
		slices.Sort(v)
		return parts(v)
	case "hash":
		return parts(fieldParts(v, ends))
	case "zset":
		return scored(v)
	}
	dump := strings.Join(v, "")
	return dump[:max(0, len(dump)-10)] // without the version and the checksum
}

// fieldParts are the fields of a hash in one order, with their values and their ends.
func fieldParts(v, ends []string) []string {
	var out []string
	for i := 0; i+1 < len(v); i += 2 {
		text := parts(v[i : i+2])
		if i/2 < len(ends) {
			text += parts(ends[i/2 : i/2+1])
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

// scored are members and their scores, which releases write in different ways.
func scored(v []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(v); i += 2 {
		b.WriteString(parts([]string{v[i], number(v[i+1])}))
	}
	return b.String()
}

func number(text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(n, 'g', 17, 64)
}

// parts writes values so that no two lists look alike.
func parts(v []string) string {
	var b strings.Builder
	for _, one := range v {
		b.WriteString(strconv.Itoa(len(one)))
		b.WriteByte(':')
		b.WriteString(one)
	}
	return b.String()
}

// readerParts are the last id of a stream, and its groups.
func readerParts(stream, groups talk.Reply) string {
	var out []string
	v := stream.Values()
	if i := slices.Index(v, "last-generated-id"); i >= 0 && i+1 < len(v) {
		out = append(out, v[i+1])
	}
	v = groups.Values()
	for i := 0; i+1 < len(v); i += 2 {
		switch v[i] {
		case "name", "pending", "last-delivered-id":
			out = append(out, v[i+1])
		}
	}
	return parts(out)
}
