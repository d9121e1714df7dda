package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kept is how many traces are kept.
const kept = 20

// openTrace makes the file that takes everything that this run does on servers, for its owner's eyes only, and deletes
// the oldest ones.
func openTrace(getenv func(string) string) (*os.File, error) {
	dir, err := stateDir(getenv)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("trace-%s-%d.log", time.Now().UTC().Format("20060102T150405.000"), os.Getpid())
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return file, nil // what is old can wait
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "trace-") && strings.HasSuffix(e.Name(), ".log") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, old := range names[:max(0, len(names)-kept)] {
		os.Remove(filepath.Join(dir, old))
	}
	return file, nil
}

// stateDir is where belt keeps what only helps people: traces.
func stateDir(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "belt"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", errors.New("neither XDG_STATE_HOME nor HOME is set")
	}
	return filepath.Join(home, ".local", "state", "belt"), nil
}
