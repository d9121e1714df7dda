package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The newest traces are kept, for their owner's eyes only; what is not a trace stays.
func TestOpenTrace(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, ".local", "state", "belt")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("trace-2026010%dT%02d.log", i/20+1, i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home}
	file, err := openTrace(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != kept+1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "trace-20260101T00.log")); err == nil {
		t.Error("the oldest is still there")
	}
	if _, err := os.Stat(file.Name()); err != nil {
		t.Error("the new one is gone")
	}

	state := t.TempDir()
	env["XDG_STATE_HOME"] = state
	if dir, err := stateDir(func(name string) string { return env[name] }); err != nil || dir != filepath.Join(state, "belt") {
		t.Errorf("%s, %v", dir, err)
	}
	if _, err := stateDir(func(string) string { return "" }); err == nil {
		t.Error("no home, and yet a folder")
	}
}
