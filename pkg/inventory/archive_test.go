package inventory

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the tests saw into testdata, to be read through")

// archive is a text with named parts, each behind a line `-- name --`, as testscript's files have them.
type archive struct {
	comment string
	parts   []part
}

type part struct{ name, text string }

var partLine = regexp.MustCompile(`(?m)^-- (.+) --\n`)

func readArchives(t testing.TB, pattern string) map[string]archive {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases at %s: %v", pattern, err)
	}
	archives := map[string]archive{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		marks := partLine.FindAllStringSubmatchIndex(string(text), -1)
		if len(marks) == 0 {
			t.Fatalf("%s: has no parts", file)
		}
		a := archive{comment: string(text[:marks[0][0]])}
		for i, m := range marks {
			end := len(text)
			if i+1 < len(marks) {
				end = marks[i+1][0]
			}
			a.parts = append(a.parts, part{string(text[m[2]:m[3]]), string(text[m[1]:end])})
		}
		archives[file] = a
	}
	return archives
}

func (a archive) write(t *testing.T, file string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(a.comment)
	for _, p := range a.parts {
		b.WriteString("-- " + p.name + " --\n" + p.text)
		if p.text != "" && !strings.HasSuffix(p.text, "\n") {
			b.WriteString("\n")
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
