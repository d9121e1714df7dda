package gtid

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Set is a set of transactions in MySQL's notation: for each source, "uuid" or since MySQL 8.3 "uuid:tag", the numbers
// of its transactions as sorted, disjoint intervals.
type Set map[string][]Interval

// Interval is the transactions First to Last, both of them included.
type Interval struct{ First, Last int64 }

// ParseSet reads gtid_executed and the like; line breaks between the sources are as MySQL prints them.
func ParseSet(text string) (Set, error) {
	s := Set{}
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		fields := strings.Split(part, ":")
		uuid := strings.ToLower(strings.TrimSpace(fields[0]))
		if len(fields) < 2 || len(uuid) != 36 {
			return nil, fmt.Errorf("%q is no set of transactions", part)
		}
		source := uuid
		for _, field := range fields[1:] {
			field = strings.TrimSpace(field)
			if field != "" && (field[0] < '0' || field[0] > '9') {
				source = uuid + ":" + strings.ToLower(field)
				continue
			}
			i, err := parseInterval(field)
			if err != nil {
				return nil, fmt.Errorf("%q is no set of transactions: %w", part, err)
			}
			s[source] = append(s[source], i)
		}
	}
	for source := range s {
		s[source] = merged(s[source])
	}
	return s, nil
}

func parseInterval(text string) (Interval, error) {
	first, last, ranged := strings.Cut(text, "-")
	a, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return Interval{}, err
	}
	b := a
	if ranged {
		if b, err = strconv.ParseInt(last, 10, 64); err != nil {
			return Interval{}, err
		}
	}
	if a < 1 || b < a {
		return Interval{}, fmt.Errorf("the interval %s", text)
	}
	return Interval{a, b}, nil
}

func merged(list []Interval) []Interval {
	slices.SortFunc(list, func(a, b Interval) int { return int(min(max(a.First-b.First, -1), 1)) })
	var out []Interval
	for _, i := range list {
		if n := len(out); n > 0 && i.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, i.Last)
			continue
		}
		out = append(out, i)
	}
	return out
}

// Minus is what s has and t has not.
func (s Set) Minus(t Set) Set {
	out := Set{}
	for source, list := range s {
		var left []Interval
		for _, i := range list {
			left = append(left, i.minus(t[source])...)
		}
		if len(left) > 0 {
			out[source] = left
		}
	}
	return out
}

func (i Interval) minus(list []Interval) []Interval {
	var out []Interval
	for _, j := range list {
		if j.Last < i.First || j.First > i.Last {
			continue
		}
		if j.First > i.First {
			out = append(out, Interval{i.First, j.First - 1})
		}
		i.First = j.Last + 1
		if i.First > i.Last {
			return out
		}
	}
	return append(out, i)
}

// Only is the part of s that comes from the source of that UUID, whatever the tag.
func (s Set) Only(uuid string) Set {
	out := Set{}
	for source, list := range s {
		if id, _, _ := strings.Cut(source, ":"); id == strings.ToLower(uuid) {
			out[source] = list
		}
	}
	return out
}

// Has tells whether s has all of t.
func (s Set) Has(t Set) bool { return len(t.Minus(s)) == 0 }

// Count is the number of transactions.
func (s Set) Count() int64 {
	var n int64
	for _, list := range s {
		for _, i := range list {
			n += i.Last - i.First + 1
		}
	}
	return n
}

// String is the set in one line, in MySQL's notation.
func (s Set) String() string {
	var parts []string
	for _, source := range slices.Sorted(maps.Keys(s)) {
		part := source
		for _, i := range s[source] {
			part += ":" + strconv.FormatInt(i.First, 10)
			if i.Last > i.First {
				part += "-" + strconv.FormatInt(i.Last, 10)
			}
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}
