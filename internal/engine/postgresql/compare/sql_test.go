package compare

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestSQL holds what is asked of PostgreSQL 14 and later, and of 13.
func TestSQL(t *testing.T) {
	table := listed{relation: relation{oid: 16385, schema: `we"ird`, name: "Orders"}, columns: "t.*"}
	for version, name := range map[int64]string{180001: "sql-14.golden", 130022: "sql-13.golden"} {
		s := table.source(version, 8192)
		got := strings.Join([]string{
			"-- digest", s.digest(2048, 4096, 16),
			"-- digestEach", s.digestEach([]int64{2048, 2080}, 16),
			"-- look", s.look([]int64{2050, 2081}),
			"-- names", s.names([]string{"(2050,1)", "(2081,17)"}, []string{"id", `k"ey`}, []string{"id", `k"ey`, "value"}),
			"-- value", s.value(), "",
		}, "\n")
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
