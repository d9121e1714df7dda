package inventory

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEdits carries out the wishes of every NAME.edit on NAME.before and compares the text with NAME.after, or the error with
// NAME.error. Every case runs as it stands, with Windows line ends, with a byte order mark and without a last line end.
func TestEdits(t *testing.T) {
	variants := map[string]func(string) string{
		"as written":   func(s string) string { return s },
		"windows":      func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"marked":       func(s string) string { return "\ufeff" + s },
		"no last line": func(s string) string { return strings.TrimSuffix(s, "\n") },
	}
	for file, a := range readArchives(t, "testdata/edits/*.txtar") {
		parts := map[string]string{}
		seen := archive{comment: a.comment}
		for _, p := range a.parts {
			parts[p.name] = p.text
		}
		for _, p := range a.parts {
			name, isCase := strings.CutSuffix(p.name, ".before")
			if !isCase {
				continue
			}
			wishes := parts[name+".edit"]
			after, err := carryOut(p.text, wishes)
			outcome := part{name + ".after", after}
			if err != nil {
				outcome = part{name + ".error", strings.ReplaceAll(err.Error(), displayName("/belt/belt.yaml"), "belt.yaml") + "\n"}
			}
			seen.parts = append(seen.parts, p, part{name + ".edit", wishes}, outcome)
			if *update {
				continue
			}
			for variant, change := range variants {
				t.Run(filepath.Base(file)+"/"+name+"/"+variant, func(t *testing.T) {
					want, wantText := parts[outcome.name]
					if !wantText {
						t.Fatalf("unexpected %s:\n%s", outcome.name, outcome.text)
					}
					got, err := carryOut(change(p.text), wishes)
					if (err != nil) != strings.HasSuffix(outcome.name, ".error") {
						t.Fatalf("error: %v", err)
					}
					if err != nil {
						got = outcome.text
					} else {
						want = change(want)
					}
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("(-want +got):\n%s", d)
					}
				})
			}
		}
		if *update {
			seen.write(t, file)
		}
	}
}

// carryOut returns the text after the wishes, one on each line.
func carryOut(text, wishes string) (string, error) {
	inv, err := parse("/belt/belt.yaml", []byte(text))
	if err != nil {
		return "", fmt.Errorf("the text before: %w", err)
	}
	e := &Editor{path: "/belt/belt.yaml", text: []byte(text), inv: inv}
	for line := range strings.Lines(wishes) {
		if err := carryOutOne(e, strings.Fields(line)); err != nil {
			return "", err
		}
	}
	return string(e.text), nil
}

func carryOutOne(e *Editor, words []string) error {
	app, database, _ := strings.Cut(words[1], "/")
	rest := append(slices.Clone(words[2:]), "", "", "", "")
	switch words[0] {
	case "add-member":
		return e.AddMember(app, database, rest[0])
	case "remove-member":
		return e.RemoveMember(app, database, rest[0])
	case "order":
		return e.SetMembers(app, database, words[2:])
	case "set-source":
		return e.SetSource(app, database, rest[0])
	case "clear-source":
		return e.ClearSource(app, database)
	case "add-server": // NAME ADDRESS [INTERNAL|- [KEY, with _ for a space]]
		return e.AddServer(app, rest[0], rest[1], strings.Trim(rest[2], "-"), strings.ReplaceAll(rest[3], "_", " "))
	case "remove-server":
		return e.RemoveServer(app, rest[0])
	}
	return fmt.Errorf("no such wish: %s", words[0])
}
