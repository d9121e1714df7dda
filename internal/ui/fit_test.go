package ui

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFit(t *testing.T) {
	const help = `One two three four five six
seven eight.

Another.

Flags (each of them, and more):
      --flag NAME   one two three four five
  -y, --yes         short

Examples:
  belt db replicate enable shop/postgresql --replica db2
`
	want := `One two three four five six
seven eight.

Another.

Flags (each of them, and
more):
      --flag NAME   one two three four five
  -y, --yes         short

Examples:
  belt db replicate enable shop/postgresql --replica db2
`
	if d := cmp.Diff(want, Fit(help, 28)); d != "" {
		t.Errorf("28 columns, less than twice the first (-want +got):\n%s", d)
	}
	want = `One two three four five six seven eight.

Another.

Flags (each of them, and more):
      --flag NAME   one two three four
                    five
  -y, --yes         short

Examples:
  belt db replicate enable shop/postgresql --replica db2
`
	if d := cmp.Diff(want, Fit(help, 40)); d != "" {
		t.Errorf("40 columns (-want +got):\n%s", d)
	}
}
