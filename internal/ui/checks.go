package ui

import (
	"io"

	"github.com/dbbelt/belt/pkg/plan"
)

// Checks writes checks to stdout for people: what was found is never cut, and what mends a failed one stands under it.
func (u *UI) Checks(checks []plan.Check) error {
	return u.result(func(w io.Writer) error {
		t := paragraph{columns: u.outWidth()}
		t.table("", checkLines(u.out, checks))
		_, err := io.WriteString(w, t.String())
		return err
	})
}
