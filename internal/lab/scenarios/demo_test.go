//go:build lab

package scenarios

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// TestDemo runs what `make demo` does, with a little data: it fails when any of its steps does, and when a writer was
// refused or lost anything.
func TestDemo(t *testing.T) {
	l := labtest.Fresh(t)
	demo := exec.Command("testdata/demo/demo.sh")
	demo.Dir = "../../.."
	demo.Env = append(os.Environ(), "NAME="+l.Name, "DIR="+l.Dir, "SUITE="+l.Suite, "ENGINE="+string(labtest.Engine()), "SIZE=15", "BOOT=no")
	out, err := demo.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	for _, want := range []string{
		shop + ": done: db replicate enable",
		shopEU + ": done: db replicate enable",
		"db2: equal",
		"+" + labtest.KitOf(labtest.Engine()).Variables().Prefix + "_SLAVE_ADDRESSES=" + l.Server("shop", "db2").Internal.String(),
	} {
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
