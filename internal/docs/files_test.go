package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// file is one page of the documentation.
type file struct {
	path string // from the root of the repository
	text string
}

// files are README.md and all of docs.
func files(t *testing.T) []file {
	t.Helper()
	var out []file
	add := func(path string) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file{path, string(text)})
	}
	add("README.md")
	err := fs.WalkDir(os.DirFS(root), "docs", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			add(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("only %d pages were found", len(out))
	}
	return out
}

// block is a fenced block: what stands behind its fence, and its lines.
type block struct{ info, text string }

var fence = regexp.MustCompile("(?ms)^```([^\n`]*)\n(.*?)^```$")

func (f file) blocks() []block {
	var out []block
	for _, found := range fence.FindAllStringSubmatch(f.text, -1) {
		out = append(out, block{found[1], found[2]})
	}
	return out
}

// prose is the page without its fenced blocks.
func (f file) prose() string { return fence.ReplaceAllString(f.text, "") }

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	image    = regexp.MustCompile(`(?:src|srcset)="([^"]+)"`)
	headline = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notSlug  = regexp.MustCompile("[^a-z0-9 _-]")
)

// anchors are those that a page's headings get.
func anchors(text string) map[string]bool {
	out := map[string]bool{}
	for _, found := range headline.FindAllStringSubmatch(text, -1) {
		out[strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-")] = true
	}
	return out
}

// TestLinks follows every link within the repository, to the heading where it names one.
func TestLinks(t *testing.T) {
	seen := 0
	for _, f := range files(t) {
		targets := append(link.FindAllStringSubmatch(f.prose(), -1), image.FindAllStringSubmatch(f.prose(), -1)...)
		for _, found := range targets {
			if strings.Contains(found[1], "://") {
				continue
			}
			seen++
			path, anchor, _ := strings.Cut(found[1], "#")
			to := filepath.Join(root, filepath.Dir(f.path), path)
			if path == "" {
				to = filepath.Join(root, f.path)
			}
			text, err := os.ReadFile(to)
			switch {
			case err != nil:
				if info, err := os.Stat(to); err != nil || !info.IsDir() {
					t.Errorf("%s: %s leads nowhere", f.path, found[1])
				}
			case anchor != "" && !anchors(string(text))[anchor]:
				t.Errorf("%s: %s: there is no such heading", f.path, found[1])
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d links were found", seen)
	}
}

// TestEveryPageIsListed sees to it that the index of docs knows all pages beside it.
func TestEveryPageIsListed(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(root, "docs", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files(t) {
		if name := filepath.Base(f.path); filepath.Dir(f.path) == "docs" && name != "README.md" && !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
}
