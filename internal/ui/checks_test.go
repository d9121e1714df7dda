package ui

import (
	"bytes"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
)

func TestChecks(t *testing.T) {
	var out bytes.Buffer
	u := New(Options{Out: &out, Err: &bytes.Buffer{}, OutTTY: true, Width: func() int { return 80 }})
	defer u.Close()
	err := u.Checks([]plan.Check{
		{Name: "reach", Server: "db1", OK: true, Detail: "db1, Debian GNU/Linux 12 (bookworm)"},
		{Name: "disk", Server: "db2", Detail: "needs 2.1 GB (twice the primary's data), has 640 MB; the old 40 MB is kept", Hint: "free some space on db2"},
		{Name: "synchronous", Server: "db1", Warning: true, Detail: "a replica whose name fits makes commits wait for it"},
		{Name: "clock", Server: "shop-eu/db1", Skipped: true, Detail: "9.3 s apart from db1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "checks-80.txt", out.String())
}
