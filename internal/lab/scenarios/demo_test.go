//go:build lab

package scenarios

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// TestDemo runs what `make demo` does, with a little data: it fails when any of its steps does, and when a writer was
// refused or lost anything.
func TestDemo(t *testing.T) {
	l := labtest.Fresh(t)
	demo := exec.Command("testdata/demo/demo.sh")
	demo.Dir = "../../.."
	demo.Env = append(os.Environ(), "NAME="+l.Name, "DIR="+l.Dir, "SUITE="+l.Suite, "ENGINE="+string(labtest.Engine()), "SIZE=15", "BOOT=no", "BELT_LAB_MONGOD="+lab.Mongod())
	out, err := demo.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	kit, db2 := labtest.KitOf(labtest.Engine()), l.Server("shop", "db2").Internal.String()
	wanted := []string{shop + ": done: db replicate enable", "db2: equal"}
	if kit.Variables().Set {
		wanted = append(wanted, "+"+kit.Variables().Prefix+"_ADDRESSES="+l.Server("shop", "db1").Internal.String()+","+db2)
	} else {
		wanted = append(wanted, "+"+kit.Variables().Prefix+"_SLAVE_ADDRESSES="+db2)
	}
	if !kit.Ways().OneApp {
		wanted = append(wanted, shopEU+": done: db replicate enable")
	}
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("the demo does not show %q:\n%s", want, text)
		}
	}
	// The load is pgbench's on PostgreSQL and the lab's own elsewhere; the witness is the lab's everywhere.
	for _, want := range []string{`(?m)^ +(pgbench +\d+ transactions|load +\d+ rows acknowledged), refused: 0\b`, `(?m)^ +witness +\d+ rows acknowledged, refused: 0, lost: 0\b`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("the demo does not show %s:\n%s", want, text)
		}
	}
}
