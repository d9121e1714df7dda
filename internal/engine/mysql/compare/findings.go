package compare

import (
	"slices"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/pkg/replication"
)

// findings is what differs in one table.
type findings struct {
	rows    int64 // compared
	seen    map[string]bool
	found   []shared.Row
	more    int      // rows that differ and were not named
	general []string // about the table as a whole
	skipped []string // rows that could not be compared
}

// full tells whether so much differs that looking for more is of no use.
func (f *findings) full() bool { return len(f.found)+f.more >= shared.MaxRows }

// fresh drops what was found before.
func (f *findings) fresh(all []judgement) []judgement {
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	return slices.DeleteFunc(all, func(j judgement) bool {
		known := f.seen[j.id]
		f.seen[j.id] = true
		return known
	})
}

// differences are the findings as the engine reports them.
func (t *table) differences(replica string) []replication.Difference {
	var out []replication.Difference
	say := func(detail string) {
		out = append(out, replication.Difference{Object: t.String(), Detail: detail})
	}
	for _, text := range t.found.general {
		say(text)
	}
	for i, row := range t.found.found {
		if i == shared.NamedRows {
			break
		}
		say(row.Line(replica))
	}
	if more := len(t.found.found) + t.found.more - shared.NamedRows; more > 0 {
		say(shared.Rest(more, t.found.full()))
	}
	return out
}
