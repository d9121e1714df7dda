package mongodb

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

var update = flag.Bool("update", false, "write the golden files anew")

// planText is a plan's view with all that it says.
func planText(p plan.Plan) string {
	v := p.View()
	var b strings.Builder
	fmt.Fprintf(&b, "belt %s %s\n", v.Command, v.Target)
	fmt.Fprintf(&b, "estimate: %.1f s, primary unavailable %.0f s\n", v.Estimate.Seconds, v.Estimate.PrimaryUnavailableSeconds)
	if len(v.Checks) > 0 {
		b.WriteString("\nchecks\n")
	}
	for _, c := range v.Checks {
		mark := map[bool]string{true: "ok", false: "NO"}[c.OK]
		if c.Warning {
			mark = "warning"
		}
		fmt.Fprintf(&b, "  %-7s %-3s %-13s %s\n", mark, c.Server, c.Name, c.Detail)
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

// TestPlans compares whole plans with what was once read and found right.
func TestPlans(t *testing.T) {
	for name, build := range map[string]func(*testing.T) *scene{
		"enable":               scenes["enable"],
		"enable-8":             scenes["enable/8"],
		"enable-authorization": scenes["enable/authorization"],
		"enable-two-voting":    scenes["enable/two, voting"],
		"enable-set-by-hand":   scenes["enable/a set by hand"],
		"enable-discard-old":   scenes["enable/discard old"],
		"disable":              scenes["disable"],
		"disable-standalone":   scenes["disable/standalone"],
		"disable-unfinished":   scenes["disable/unfinished after the swap"],
		"resync-stopped":       scenes["resync/stopped"],
		"resync-stale":         scenes["resync/stale"],
		"undo":                 scenes["undo"],
		"cleanup":              scenes["cleanup"],
		"enable-adopted": func(t *testing.T) *scene {
			s := newScene(t, commandEnable, "db2")
			s.interrupt(commandEnable, "join.db2", replication.Options{})
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := build(t)
			got := planText(s.Plan())
			got = timesOfKept(got, s)
			file := filepath.Join("../../../testdata/mongodb/plans", name+".txt")
			if *update {
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
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		})
	}
}

// timesOfKept takes out when old data was set aside.
func timesOfKept(text string, s *scene) string {
	for _, f := range s.facts(replication.Glance) {
		for _, k := range f.Kept {
			text = strings.ReplaceAll(text, k.Time, "TIME")
		}
	}
	return text
}
