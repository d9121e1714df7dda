package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dbbelt/belt/"

// imports are the imports of every package of this module, tests left out.
type imports map[string][]string

func TestRooms(t *testing.T) {
	all := read(t)
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			for _, line := range all.violations(r) {
				t.Error(line)
			}
		})
	}
	t.Run("two engines do not know each other", func(t *testing.T) {
		for pkg, list := range all {
			for _, to := range list {
				if from := engineOf(pkg); from != "" && engineOf(to) != "" && engineOf(to) != from {
					t.Errorf("%s imports %s", pkg, to)
				}
			}
		}
	})
}

// TestRulesCatch shows each rule, and each way to break it, an offender: a rule that nothing can break keeps nothing.
func TestRulesCatch(t *testing.T) {
	for _, tt := range []struct {
		pkg     string
		imports imports
		rules   int
	}{
		{"pkg/plan", imports{"pkg/plan": {"internal/ui"}}, 2},
		{"pkg/plan by another", imports{"pkg/plan": {"pkg/x"}, "pkg/x": {"internal/cli"}}, 2},
		{"engine", imports{"internal/engine/redis": {"os/exec"}}, 1},
		{"engine by another", imports{"internal/engine/redis": {"internal/x"}, "internal/x": {"golang.org/x/crypto/ssh/agent"}}, 2},
		{"yaml", imports{"internal/ops": {"gopkg.in/yaml.v3"}}, 1},
		{"spinner", imports{"internal/cli": {"github.com/briandowns/spinner"}}, 1},
		{"sound", imports{"internal/cli": {"internal/ui"}, "pkg/inventory": {"gopkg.in/yaml.v3"}, "internal/ui": {"golang.org/x/term"}}, 0},
	} {
		t.Run(tt.pkg, func(t *testing.T) {
			broken := 0
			for _, r := range rules() {
				if len(tt.imports.violations(r)) > 0 {
					broken++
				}
			}
			if broken != tt.rules {
				t.Errorf("%d rules were broken, want %d", broken, tt.rules)
			}
		})
	}
}

// violations are the imports that the rule forbids, with the way that leads there.
func (all imports) violations(r rule) []string {
	var out []string
	for pkg := range all {
		if !r.from(pkg) {
			continue
		}
		seen := map[string]bool{pkg: true}
		var walk func(at string, way []string)
		walk = func(at string, way []string) {
			for _, to := range all[at] {
				switch next := append(slices.Clone(way), to); {
				case seen[to]:
				case r.to(to):
					out = append(out, strings.Join(next, " imports "))
				case r.deep:
					seen[to] = true
					walk(to, next)
				}
			}
		}
		walk(pkg, []string{pkg})
	}
	slices.Sort(out)
	return out
}

// read parses the imports of every file; a go command would take longer, and would want everything to compile.
func read(t *testing.T) imports {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	all := imports{}
	for _, top := range []string{"cmd", "internal", "pkg"} {
		err := fs.WalkDir(os.DirFS(root), top, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), "_")):
				return fs.SkipDir
			case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			pkg := filepath.ToSlash(filepath.Dir(path))
			for _, spec := range file.Imports {
				name, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				all[pkg] = append(all[pkg], strings.TrimPrefix(name, module))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all["internal/cli"]) == 0 || len(all["pkg/plan"]) == 0 {
		t.Fatal("the packages were not found")
	}
	return all
}
