package replica

import (
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/replica/replicatest"
)

// TestACopyUnderWayIsSeen is about jobs of both names: one that copies, and one that takes a stream.
func TestACopyUnderWayIsSeen(t *testing.T) {
	for _, name := range []string{"seed.x-1", "seed.x-1.receive", "other"} {
		y := replicatest.NewYard(t)
		y.Write("jobs/"+name+"/running", "")
		y.Write("jobs/"+name+"/pid", "1\n")
		y.Write("jobs/"+name+"/work/progress", "5 10 half\n")
		script := strings.ReplaceAll(NotesScript, "/var/lib/belt/jobs", y.Path("jobs"))
		out := y.Path("out")
		if err := y.Run("put() { echo \"$1=$2\"; }\n"+script+"notes x-1 "+y.Path("data")+" >"+out, "x"); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		seen := strings.Contains(string(text), "seeding=5 10 half\nseeding_now=yes\n")
		if seen != (name != "other") {
			t.Errorf("%s: %q", name, text)
		}
	}
}
