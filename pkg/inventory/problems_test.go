package inventory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProblems reads every NAME.yaml of testdata/problems and compares what is wrong with it with NAME.want, line by line.
func TestProblems(t *testing.T) {
	for file, a := range readArchives(t, "testdata/problems/*.txtar") {
		want := map[string]string{}
		seen := archive{comment: a.comment}
		for _, p := range a.parts {
			want[p.name] = p.text
		}
		for _, p := range a.parts {
			name, isCase := strings.CutSuffix(p.name, ".yaml")
			if !isCase {
				continue
			}
			got := problemsOf(t, p.text)
			seen.parts = append(seen.parts, p, part{name + ".want", got})
			t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) {
				if d := cmp.Diff(want[name+".want"], got); d != "" && !*update {
					t.Errorf("problems (-want +got):\n%s", d)
				}
			})
		}
		if *update {
			seen.write(t, file)
		}
	}
}

// problemsOf loads a text as belt.yaml and returns what is wrong with it, a line each.
func problemsOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "belt.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	if err == nil {
		return ""
	}
	var problems *Problems
	if !errors.As(err, &problems) {
		t.Fatalf("not *Problems but %v", err)
	}
	return strings.ReplaceAll(err.Error(), displayName(path), "belt.yaml") + "\n"
}
