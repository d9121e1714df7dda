package compare

import (
	"fmt"
	"strings"
)

// How much is told of one table.
const (
	NamedRows = 20   // that are told by name
	MaxRows   = 1000 // after which its comparison ends
)

// Verdict is in which way a row differs.
type Verdict int

// The verdicts.
const (
	Missing Verdict = iota // the primary has the row, the replica does not
	Extra                  // the replica has the row, the primary does not
	Differs                // both have it, with different values
)

// Row is a row that differs.
type Row struct {
	Subject string // "row id=42"
	Verdict Verdict
	Columns []string          // in their order
	Here    map[string]string // hashes of its columns on the primary, where known
	There   map[string]string // and on the replica
}

// Line says what is wrong with the row.
func (r Row) Line(replica string) string {
	switch r.Verdict {
	case Missing:
		return fmt.Sprintf("%s is missing on %s", r.Subject, replica)
	case Extra:
		return fmt.Sprintf("%s is on %s only", r.Subject, replica)
	}
	if in := r.differing(); len(in) > 0 {
		return fmt.Sprintf("%s differs in %s", r.Subject, strings.Join(in, ", "))
	}
	return r.Subject + " differs"
}

func (r Row) differing() []string {
	var out []string
	if r.Here == nil || r.There == nil {
		return nil
	}
	for _, column := range r.Columns {
		if r.Here[column] != r.There[column] {
			out = append(out, column)
		}
	}
	return out
}

// Rest says how many rows were not told by name; with full, there may be more.
func Rest(more int, full bool) string {
	if full {
		return fmt.Sprintf("… and at least %d more rows; the comparison of this table ended there", more)
	}
	return fmt.Sprintf("… and %d more rows", more)
}
