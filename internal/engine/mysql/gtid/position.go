package gtid

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// GTID names one transaction of MariaDB.
type GTID struct {
	Domain, Server uint32
	Sequence       uint64
}

func (g GTID) String() string { return fmt.Sprintf("%d-%d-%d", g.Domain, g.Server, g.Sequence) }

// Position is a list of transactions of MariaDB, up to and including which a server has executed: one for each domain
// (gtid_slave_pos, gtid_binlog_pos), or one for each domain and server (gtid_binlog_state).
type Position []GTID

// ParsePosition reads "0-1-100,1-7-3".
func ParsePosition(text string) (Position, error) {
	var p Position
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		fields := strings.Split(part, "-")
		if len(fields) != 3 {
			return nil, fmt.Errorf("%q is no GTID", part)
		}
		domain, err1 := strconv.ParseUint(fields[0], 10, 32)
		server, err2 := strconv.ParseUint(fields[1], 10, 32)
		sequence, err3 := strconv.ParseUint(fields[2], 10, 64)
		if err := cmp.Or(err1, err2, err3); err != nil {
			return nil, fmt.Errorf("%q is no GTID: %w", part, err)
		}
		p = append(p, GTID{uint32(domain), uint32(server), sequence})
	}
	slices.SortFunc(p, func(a, b GTID) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Server, b.Server), cmp.Compare(a.Sequence, b.Sequence))
	})
	return p, nil
}

// Sequence is the highest sequence number in a domain, 0 when it has none.
func (p Position) Sequence(domain uint32) uint64 {
	var n uint64
	for _, g := range p {
		if g.Domain == domain {
			n = max(n, g.Sequence)
		}
	}
	return n
}

// Has tells whether p is at or beyond q in every domain of q. It compares numbers: that both have the same history is for
// [Foreign] to see.
func (p Position) Has(q Position) bool {
	for _, g := range q {
		if p.Sequence(g.Domain) < g.Sequence {
			return false
		}
	}
	return true
}

// Foreign are the transactions of a replica's state that its primary never had: for a server that the primary does not
// know in that domain, or knows only up to an earlier one. What one of the primary's own server ids stands for cannot be foreign:
// the primary may have been asked a moment before the replica.
func Foreign(replica, primary Position, own ...uint32) Position {
	var out Position
	for _, g := range replica {
		if slices.Contains(own, g.Server) {
			continue
		}
		known := slices.ContainsFunc(primary, func(h GTID) bool {
			return h.Domain == g.Domain && h.Server == g.Server && h.Sequence >= g.Sequence
		})
		if !known {
			out = append(out, g)
		}
	}
	return out
}

func (p Position) String() string {
	parts := make([]string, 0, len(p))
	for _, g := range p {
		parts = append(parts, g.String())
	}
	return strings.Join(parts, ",")
}
