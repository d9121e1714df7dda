package plantest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/plan"
)

// Golden compares text with a file, or writes it there.
func Golden(t *testing.T, file, got string, update bool) {
	t.Helper()
	if update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// Text is a plan's view with all that it says.
func Text(p plan.Plan) string {
	v := p.View()
	var b strings.Builder
	fmt.Fprintf(&b, "belt %s %s\n", v.Command, v.Target)
	fmt.Fprintf(&b, "estimate: %d bytes, %.1f s, primary unavailable %.0f s\n", v.Estimate.Bytes, v.Estimate.Seconds, v.Estimate.PrimaryUnavailableSeconds)
	if len(v.Checks) > 0 {
		b.WriteString("\nchecks\n")
	}
	for _, c := range v.Checks {
		mark := map[bool]string{true: "ok", false: "NO"}[c.OK]
		switch {
		case c.Skipped:
			mark = "skipped"
		case c.Warning:
			mark = "warning"
		}
		fmt.Fprintf(&b, "  %-7s %-3s %-11s %s\n", mark, c.Server, c.Name, c.Detail)
		if c.Hint != "" {
			fmt.Fprintf(&b, "  next: %s\n", c.Hint)
		}
	}
	for _, s := range v.Steps {
		fmt.Fprintf(&b, "\n%s  [%s] %s\n", s.ID, s.Server, s.Title)
		for _, c := range s.Commands {
			fmt.Fprintf(&b, "    %s\n", c)
		}
		for _, more := range [][2]string{{"disrupts", s.Disrupts}, {"destroys", s.Destroys}} {
			if more[1] != "" {
				fmt.Fprintf(&b, "  %s: %s\n", more[0], more[1])
			}
		}
		way := "undo"
		if s.Permanent {
			way = "no undo"
		}
		fmt.Fprintf(&b, "  %s: %s\n", way, s.Undo)
	}
	for _, n := range v.Notes {
		fmt.Fprintf(&b, "\nnote: %s\n", n)
	}
	return b.String()
}
