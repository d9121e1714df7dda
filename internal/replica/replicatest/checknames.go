package replicatest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// CheckNames are the names of the preconditions that an engine's code tests, with those of package replica: folders are the
// engine's and replica's.
func CheckNames(t testing.TB, folders ...string) []string {
	t.Helper()
	used := map[string]bool{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`c\.(?:Add|Refuse|Warn)\("([a-z-]+)"`).FindAllSubmatch(text, -1) {
				used[string(m[1])] = true
			}
		}
	}
	var names []string
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
