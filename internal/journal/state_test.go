package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type kept struct {
	Folder   string            `json:"folder"`
	Settings map[string]string `json:"settings"`
}

func TestState(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "belt")
	ctx := t.Context()
	var got kept
	if found, err := Get(ctx, db1, "kept.postgresql", &got, In(dir)); found || err != nil {
		t.Errorf("where nothing is: %v, %v", found, err)
	}
	if err := Delete(ctx, db1, "kept.postgresql", In(dir)); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	if all, err := Names(ctx, db1, In(dir)); len(all) != 0 || err != nil {
		t.Errorf("names where nothing is: %v, %v", all, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("reading made the folder")
	}

	want := kept{Folder: "/var/lib/ü ' $x", Settings: map[string]string{"wal_level": "replica"}}
	for _, v := range []kept{{Folder: "old"}, want} {
		if err := Put(ctx, db1, "kept.postgresql", v, In(dir)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Put(ctx, db1, "another", 1, In(dir)); err != nil {
		t.Fatal(err)
	}
	if found, err := Get(ctx, db1, "kept.postgresql", &got, In(dir)); !found || err != nil {
		t.Fatalf("%v, %v", found, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if all, err := Names(ctx, db1, In(dir)); err != nil || strings.Join(all, " ") != "another kept.postgresql" {
		t.Errorf("names %v, %v", all, err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "state"))
	if err != nil || len(files) != 2 {
		t.Errorf("files %v, %v", files, err)
	}
	if st, err := os.Stat(filepath.Join(dir, "state", "another.json")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st, err)
	}
	if err := Delete(ctx, db1, "kept.postgresql", In(dir)); err != nil {
		t.Error(err)
	}
	if found, err := Get(ctx, db1, "kept.postgresql", &got, In(dir)); found || err != nil {
		t.Errorf("after delete: %v, %v", found, err)
	}
}

// An input that breaks off leaves what was there before.
func TestPutAtOnceOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := Put(t.Context(), db1, "x", "old", In(dir)); err != nil {
		t.Fatal(err)
	}
	if err := Put(t.Context(), full{db1}, "x", "new", In(dir)); err == nil {
		t.Error("a put on a full disk succeeded")
	}
	var got string
	if _, err := Get(t.Context(), db1, "x", &got, In(dir)); err != nil || got != "old" {
		t.Errorf("got %q, %v", got, err)
	}
	if files, _ := os.ReadDir(filepath.Join(dir, "state")); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

func TestBadNames(t *testing.T) {
	for _, name := range []string{"", "../x", ".x", "a b", "X", strings.Repeat("x", 101)} {
		if err := Put(t.Context(), db1, name, 1, In(t.TempDir())); err == nil {
			t.Errorf("put %q: accepted", name)
		}
	}
}
