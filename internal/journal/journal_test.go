package journal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestAppendAndRead(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "belt")
	want := []Entry{
		{ID: "a", Kind: Start, Time: noon, Who: "kim", Host: "laptop", Command: "db replicate enable", Target: "shop/postgresql",
			Args: []string{"--replica", `d'b "2" $HOME \n`}, Servers: []string{"db1", "db2"}},
		{ID: "a", Kind: End, Time: noon.Add(time.Minute), Outcome: "rolled back", ExitCode: 1, Seconds: 60, Error: "two\nlines: <ü>"},
	}
	if got, err := Read(t.Context(), db1, In(dir)); err != nil || got != nil {
		t.Errorf("where nothing is: %v, %v", got, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("reading made the folder")
	}
	for _, e := range want {
		if err := Append(t.Context(), db1, e, In(dir)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Read(t.Context(), db1, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if st, err := os.Stat(filepath.Join(dir, "log.jsonl")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	small := func(s *settings) { s.limit = 1000 }
	for i := range 40 {
		if err := Append(t.Context(), db1, Entry{ID: fmt.Sprintf("run-%02d", i), Kind: Start, Time: noon}, In(dir), small); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Read(t.Context(), db1, In(dir))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) >= 40 || got[len(got)-1].ID != "run-39" {
		t.Fatalf("%d entries, the last %v", len(got), got[len(got)-1])
	}
	for i, e := range got {
		if want := fmt.Sprintf("run-%02d", 40-len(got)+i); e.ID != want {
			t.Errorf("entry %d is %s, want %s", i, e.ID, want)
		}
	}
	var size int64
	files, _ := filepath.Glob(filepath.Join(dir, "log.jsonl*"))
	for _, f := range files {
		st, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		size += st.Size()
	}
	if len(files) != 2 || size < 1000 || size > 2200 {
		t.Errorf("%v have %d bytes", files, size)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			e := Entry{ID: fmt.Sprintf("run-%02d", i), Kind: Start, Command: strings.Repeat("x", 3000)}
			if err := Append(context.Background(), db1, e, In(dir), func(s *settings) { s.limit = 30000 }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := Read(t.Context(), db1, In(dir))
	if err != nil || len(Merge([][]Entry{got})) != 20 {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

// A full disk cuts a line short; the next one is not lost with it.
func TestCutLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "log.jsonl"), []byte(`{"id":"a","kind":"start"}`+"\n"+`{"id":"b","ki`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Append(t.Context(), db1, Entry{ID: "c", Kind: Start}, In(dir)); err != nil {
		t.Fatal(err)
	}
	got, err := Read(t.Context(), db1, In(dir))
	if err != nil || len(got) != 2 || got[0].ID != "a" || got[1].ID != "c" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestLongEntriesAreCut(t *testing.T) {
	for name, e := range map[string]Entry{
		"error": {ID: "a", Error: strings.Repeat("ü<", 5000)},
		"args":  {ID: "a", Error: strings.Repeat("x", 100), Args: []string{"kept", strings.Repeat("x", 9000)}},
		"quote": {ID: "a", Error: strings.Repeat("\x01", 4000)},
	} {
		b, err := e.line()
		if err != nil || len(b) > MaxLine || !utf8.Valid(b) {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
		if name != "args" && !strings.Contains(string(b), "…") {
			t.Errorf("%s: nothing says that it was cut: %s", name, b)
		}
		if name == "args" && !strings.Contains(string(b), `["kept"]`) {
			t.Errorf("%s: %s", name, b)
		}
	}
	if _, err := (Entry{ID: "a", Who: strings.Repeat("x", 5000)}).line(); err == nil {
		t.Error("an entry that cannot be cut was accepted")
	}
}

func TestNewID(t *testing.T) {
	a, b := NewID(noon), NewID(noon.Add(time.Second))
	if a >= b || a == NewID(noon) || !names.MatchString(a) {
		t.Errorf("%s, %s", a, b)
	}
}
