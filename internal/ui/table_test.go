package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	headers := []string{"server", "role", "state"}
	green := Style{style{color: true}}.Good("streaming")
	rows := [][]string{{"db1", "primary", ""}, {"db2-long-name", "replica", green}, {"db3\tx", "replica\x1b[2J", "broken\nreally"}}
	cases := []struct {
		columns int
		want    string
	}{
		{80, "SERVER         ROLE        STATE\n" +
			"db1            primary\n" +
			"db2-long-name  replica     " + green + "\n" +
			"db3 x          replica[2J  broken really\n"},
		{20, "SERVER         ROL…\n" +
			"db1            pri…\n" +
			"db2-long-name  rep…\n" +
			"db3 x          rep…\n"},
		{0, "server\trole\tstate\n" +
			"db1\tprimary\t\n" +
			"db2-long-name\treplica\tstreaming\n" +
			"db3 x\treplica[2J\tbroken really\n"},
	}
	for _, c := range cases {
		var b strings.Builder
		if err := Table(&b, c.columns, headers, rows); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if c.columns < 80 {
			got = colour.ReplaceAllString(got, "")
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%d columns: %s", c.columns, d)
		}
	}
}
