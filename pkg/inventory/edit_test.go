package inventory

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const small = `apps:
  shop:
    servers: {db1: {address: a}, db2: {address: b}, db3: {address: c}}
    databases:
      redis: {servers: [db1]}   # cache
`

func writeInventory(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "belt.yaml")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func addMember(server string) func(*Editor) error {
	return func(e *Editor) error { return e.AddMember("shop", "redis", server) }
}

// onlyFile fails when a folder holds anything but the one file: a temporary file that was left, for example.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestEdit(t *testing.T) {
	path := writeInventory(t, small)
	inv, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := Edit(path, inv.Hash, addMember("db2"))
	if err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Replace(small, "[db1]", "[db1, db2]", 1), string(text)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o640 {
		t.Errorf("mode %v, want 0640", info.Mode())
	}
	onlyFile(t, path)

	changed, err = Edit(path, "", addMember("db2"))
	if err != nil || changed {
		t.Errorf("the second time: changed %v, %v", changed, err)
	}

	_, err = Edit(path, inv.Hash, addMember("db3"))
	var stale *Changed
	if !errors.As(err, &stale) || stale.Hint() == "" {
		t.Errorf("with the old hash: %v", err)
	}
}

func TestEditThatFailsChangesNothing(t *testing.T) {
	failure := errors.New("no")
	tests := map[string]struct {
		text   string
		change func(*Editor) error
		want   any
	}{
		"the caller's error":     {small, func(e *Editor) error { return errors.Join(e.AddMember("shop", "redis", "db2"), failure) }, nil},
		"a name that is not":     {small, addMember("db4"), new(*NotFound)},
		"a wish that cannot be":  {small, func(e *Editor) error { return e.RemoveMember("shop", "redis", "db1") }, new(*EditError)},
		"a file that is wrong":   {"apps: {shop: {}}\nx: 1\n", addMember("db2"), new(*Problems)},
		"somebody else was here": {small, nil, new(*Changed)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path, want := writeInventory(t, test.text), test.text
			if test.change == nil {
				want = small + "# theirs\n"
				test.change = func(e *Editor) error {
					return errors.Join(e.AddMember("shop", "redis", "db2"), os.WriteFile(path, []byte(want), 0o640))
				}
			}
			changed, err := Edit(path, "", test.change)
			if changed || err == nil {
				t.Fatalf("changed %v, %v", changed, err)
			}
			if test.want != nil && !errors.As(err, test.want) {
				t.Errorf("error %T: %v", err, err)
			}
			text, err := os.ReadFile(path)
			if err != nil || string(text) != want {
				t.Errorf("the file holds %q, %v", text, err)
			}
			onlyFile(t, path)
		})
	}
}

func TestEditThroughALink(t *testing.T) {
	path := writeInventory(t, small)
	link := filepath.Join(t.TempDir(), "belt.yaml")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if changed, err := Edit(link, "", addMember("db2")); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "[db1, db2]") {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// TestEditsSideBySide loses none of them.
func TestEditsSideBySide(t *testing.T) {
	const runs = 12
	var b strings.Builder
	b.WriteString("apps:\n  shop:\n    servers:\n      db: {address: db}\n")
	for i := range runs {
		fmt.Fprintf(&b, "      db%d: {address: db%d}\n", i, i)
	}
	b.WriteString("    databases:\n      redis: {servers: [db]}\n")
	path := writeInventory(t, b.String())
	var group sync.WaitGroup
	for i := range runs {
		group.Go(func() {
			if changed, err := Edit(path, "", addMember(fmt.Sprintf("db%d", i))); err != nil || !changed {
				t.Errorf("db%d: changed %v, %v", i, changed, err)
			}
		})
	}
	group.Wait()
	inv, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(inv.Apps[0].Databases[0].Servers); got != runs+1 {
		t.Errorf("%d members, want %d", got, runs+1)
	}
}

func TestEditWithoutAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "belt.yaml")
	if _, err := Edit(path, "", addMember("db2")); !strings.Contains(messageOf(err), "no such file") {
		t.Errorf("%v", err)
	}
}

func TestPreview(t *testing.T) {
	path := writeInventory(t, small)
	got, err := Preview(path, func(e *Editor) error {
		return errors.Join(e.AddServer("shop", "db4", "d", "", ""), e.AddMember("shop", "redis", "db4"))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `-3:     servers: {db1: {address: a}, db2: {address: b}, db3: {address: c}}
+3:     servers: {db1: {address: a}, db2: {address: b}, db3: {address: c}, db4: {address: d}}
-5:       redis: {servers: [db1]}   # cache
+5:       redis: {servers: [db1, db4]}   # cache
`
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != small {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

func TestDiff(t *testing.T) {
	for name, test := range map[string]struct{ before, after, want string }{
		"equal":        {"a\nb\n", "a\nb\n", ""},
		"added":        {"a\nc\n", "a\nb\nc\n", "+2: b\n"},
		"removed":      {"a\nb\nc\n", "a\nc\n", "-2: b\n"},
		"moved":        {"a\nb\nc\nd\n", "c\na\nb\nd\n", "+1: c\n-3: c\n"},
		"no line end":  {"a", "a\nb", "+2: b\n"},
		"windows":      {"a\r\nb\r\n", "a\r\nc\r\n", "-2: b\n+2: c\n"},
		"from nothing": {"", "a\n", "+1: a\n"},
	} {
		if d := cmp.Diff(test.want, diff([]byte(test.before), []byte(test.after)).String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
