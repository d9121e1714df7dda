package compare

import (
	"cmp"
	"fmt"
	"slices"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	namedRows = shared.NamedRows
	maxRows   = shared.MaxRows
)

// findings is what differs in one relation.
type findings struct {
	primary, replica string // names of the servers

	rows    int64 // compared
	seen    map[rowID]bool
	found   []*finding
	byKey   map[string]*finding
	blocks  []string // that cannot be read
	general []string // about the relation as a whole
}

// finding is one row that differs.
type finding struct {
	object  string // what it is about, empty for the relation itself
	subject string // "row id=42"
	verdict verdict
	columns columns
	here    map[string]string // hashes of its columns on the primary, where known
	there   map[string]string // and on the replica
}

// add notes a row. A version that is missing and another one that is extra are one row that differs.
func (f *findings) add(row finding) {
	if f.byKey == nil {
		f.byKey = map[string]*finding{}
	}
	key := row.object + " " + row.subject
	other, known := f.byKey[key]
	if !known {
		f.byKey[key] = &row
		f.found = append(f.found, &row)
		return
	}
	if other.verdict != row.verdict {
		other.verdict = differs
	}
	if other.here == nil {
		other.here = row.here
	}
	if other.there == nil {
		other.there = row.there
	}
}

// fresh drops the judgements that were noted before.
func (f *findings) fresh(all []judgement) []judgement {
	if f.seen == nil {
		f.seen = map[rowID]bool{}
	}
	return slices.DeleteFunc(all, func(j judgement) bool {
		known := f.seen[j.rowID]
		f.seen[j.rowID] = true
		return known
	})
}

func (f *findings) unreadable(block int64, server, message string) {
	f.blocks = append(f.blocks, fmt.Sprintf("block %d cannot be read on %s: %s", block, server, message))
}

// full tells whether so much differs that looking for more is of no use.
func (f *findings) full() bool { return len(f.found)+len(f.blocks) >= maxRows }

// differences are the findings as the engine reports them; prefix goes before each detail. Of tables that only one
// server has, no more is told than that. Catalog rows without a key, such as those of pg_depend, tell people nothing:
// they are counted.
func (f *findings) differences(rel *relation, prefix string, lone map[string]bool) []replication.Difference {
	var out, rows []replication.Difference
	say := func(object, detail string) replication.Difference {
		return replication.Difference{Object: object, Detail: prefix + detail}
	}
	for _, text := range f.general {
		out = append(out, say(rel.String(), text))
	}
	for _, text := range f.blocks {
		rows = append(rows, say(rel.String(), text))
	}
	nameless := 0
	for _, row := range f.found {
		switch {
		case rel.system() && len(row.columns.key) == 0:
			nameless++
		case rel.rank() == 0 && lone[row.object]:
		default:
			rows = append(rows, say(cmp.Or(row.object, rel.String()), f.line(row)))
		}
	}
	if nameless > 0 {
		out = append(out, say(rel.String(), fmt.Sprintf("rows that differ: %d", nameless)))
	}
	if len(rows) <= namedRows {
		return append(out, rows...)
	}
	out = append(out, rows[:namedRows]...)
	return append(out, say(rel.String(), shared.Rest(len(rows)-namedRows, f.full())))
}

func (f *findings) line(row *finding) string {
	verdicts := map[verdict]shared.Verdict{missing: shared.Missing, extra: shared.Extra, differs: shared.Differs}
	return shared.Row{Subject: row.subject, Verdict: verdicts[row.verdict], Columns: row.columns.all, Here: row.here, There: row.there}.Line(f.replica)
}
