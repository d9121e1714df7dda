package docs

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/cli"
)

// TestCommandPages holds docs/commands to the help of the program.
func TestCommandPages(t *testing.T) {
	want, err := Commands()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "docs", "commands")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/commands is not what the help says now: run make docs (-help +docs):\n%s", diff)
	}
	for command := range topics {
		if want[strings.ReplaceAll(command, " ", "-")+".md"] == "" {
			t.Errorf("topics: there is no command %q", command)
		}
	}
}

// TestCommandLines tests that every command line of a console block, and every `belt …` in the prose, is one.
func TestCommandLines(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files(t) {
		for _, line := range commandLines(f) {
			for _, words := range commandsIn(line) {
				switch words[0] {
				case "belt":
					seen++
					if problem := parses(words[1:]); problem != "" {
						t.Errorf("%s: %s: %s", f.path, line, problem)
					}
				case "make":
					for _, target := range words[1:] {
						if !strings.Contains(target, "=") && !strings.Contains(string(makefile), "\n"+target+":") {
							t.Errorf("%s: %s: the Makefile has no %s", f.path, line, target)
						}
					}
				}
			}
		}
	}
	if seen < 80 {
		t.Errorf("only %d commands were found", seen)
	}
}

var inline = regexp.MustCompile("`((?:belt|make) [^`\n]+)`")

func commandLines(f file) []string {
	var out []string
	for _, b := range f.blocks() {
		if b.info != "console" {
			continue
		}
		for line := range strings.Lines(b.text) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				out = append(out, strings.TrimSpace(command))
			}
		}
	}
	for _, found := range inline.FindAllStringSubmatch(f.prose(), -1) {
		if !strings.Contains(found[1], "…") && !strings.Contains(found[1], "COMMAND") {
			out = append(out, found[1])
		}
	}
	return out
}

// commandsIn splits a line at what separates commands in a shell. It knows as much of a shell as the docs do.
func commandsIn(line string) [][]string {
	line, _, _ = strings.Cut(line, " # ")
	line = strings.NewReplacer("<(", "; ", ")", " ;", "&&", ";", "||", ";", "|", ";", "`", "").Replace(line)
	var out [][]string
	for _, part := range strings.Split(line, ";") {
		words := strings.Fields(part)
		for i, word := range words {
			if strings.HasPrefix(word, ">") {
				words = words[:i]
				break
			}
		}
		if len(words) > 0 {
			out = append(out, words)
		}
	}
	return out
}

// parses tells what is wrong with a command: with --help behind it the program reads all of its flags, and shows whose
// help it is.
func parses(args []string) string {
	var out, errs bytes.Buffer
	code := cli.Main(context.Background(), append(args, "--help"), strings.NewReader(""), &out, &errs, nil)
	if code != 0 {
		return errs.String()
	}
	_, usage, _ := strings.Cut(out.String(), "\nUsage:\n")
	usage, _, _ = strings.Cut(strings.TrimSpace(usage), "\n")
	used := strings.Fields(usage)
	for i, word := range args {
		if strings.HasPrefix(word, "-") || i+1 >= len(used) {
			break
		}
		switch name := used[i+1]; {
		case name == "COMMAND":
			return "there is no command " + word
		case strings.ToLower(name) != name || strings.ContainsAny(name, "[|("):
			return "" // an argument stands here
		case name != word:
			return "the help is that of " + usage
		}
	}
	return ""
}

// TestParses tests the test: it has to find what is wrong.
func TestParses(t *testing.T) {
	for line, sound := range map[string]bool{
		"db status": true, "db replicate enable shop/postgresql --replica db2 --yes -o json": true, "env show shop --reveal": true,
		"db": true, "version": true, "completion bash": true, "check -f x.yaml shop": true,
		"db stats": false, "db replicate enabel shop/postgresql": false, "db status --bogus": false,
		"db replicate wait shop/postgresql --max-lag soon": false, "chekc": false,
	} {
		if got := parses(strings.Fields(line)); (got == "") != sound {
			t.Errorf("belt %s: %q, and it is right: %v", line, got, sound)
		}
	}
}

var mentioned = regexp.MustCompile("`(--[a-z][a-z-]*)[^`]*`")

// TestFlags tests that each flag in the prose is one of some command's.
func TestFlags(t *testing.T) {
	known := map[string]bool{}
	err := walk(func(h help) error {
		for _, word := range strings.Fields(h.sections["Flags"] + " " + h.sections[allFlags]) {
			known[word] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files(t) {
		for _, found := range mentioned.FindAllStringSubmatch(f.prose(), -1) {
			if !known[found[1]] {
				t.Errorf("%s: no command has %s", f.path, found[1])
			}
		}
	}
}
