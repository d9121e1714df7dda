package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the name of an inventory that is looked for.
const FileName = "belt.yaml"

// Missing says that no inventory was named and none was found.
type Missing struct {
	Dir string // where the search began
}

func (e *Missing) Error() string {
	return fmt.Sprintf("no %s in %s or any folder above it", FileName, e.Dir)
}

// Hint is the next step for the user.
func (e *Missing) Hint() string {
	return "`belt init` writes one to start from; `--file` or BELT_FILE names one elsewhere"
}

// Find returns the path of the inventory: the flag's value, else BELT_FILE, else belt.yaml in cwd or the nearest folder above.
// The error is a *Missing when there is none.
func Find(flag string, getenv func(string) string, cwd string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if path := getenv("BELT_FILE"); path != "" {
		return path, nil
	}
	for dir := cwd; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, FileName)
		info, err := os.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return path, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			// A file that may not be read is the one that was meant: a farther one would be a surprise.
			return "", fmt.Errorf("look for the inventory: %w", err)
		}
		if dir == filepath.Dir(dir) {
			return "", &Missing{Dir: cwd}
		}
	}
}
