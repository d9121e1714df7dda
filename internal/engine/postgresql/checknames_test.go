package postgresql

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckNames holds the list to what the code tests.
func TestCheckNames(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`c\.(?:add|warn)\("([a-z-]+)"`).FindAllSubmatch(text, -1) {
			used[string(m[1])] = true
		}
	}
	var names []string
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, New().CheckNames()); diff != "" {
		t.Errorf("CheckNames (-used in the code +listed):\n%s", diff)
	}
}
