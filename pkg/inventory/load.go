package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads the inventory at path. An inventory that is not right is a *Problems with every problem of the file; other
// errors say why the file cannot be read at all.
func Load(path string) (*Inventory, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the inventory: %w", err)
	}
	text, err := readSmall(abs, sizeLimit)
	if err != nil {
		return nil, readError(path, err)
	}
	return parse(abs, text)
}

// readError says it in one line, without the name twice.
func readError(path string, err error) error {
	var detail *fs.PathError
	if errors.As(err, &detail) {
		err = detail.Err
	}
	return fmt.Errorf("read the inventory %s: %w", path, err)
}

// parse reads the text of the inventory that is kept at abs.
func parse(abs string, text []byte) (*Inventory, error) {
	name := displayName(abs)
	top, problems := parseYAML(text)
	if problems == nil && top == nil {
		problems = []Problem{{Pos{Line: 1}, "this file is empty: `belt init` writes one to start from"}}
	}
	for i := range problems {
		problems[i].Pos.File = name
	}
	if problems != nil {
		return nil, &Problems{Path: abs, List: sorted(problems)}
	}
	r := &reader{file: name, dir: filepath.Dir(abs)}
	inv := r.inventory(top)
	r.checkSources(inv)
	r.checkEnvFiles(inv)
	if len(r.problems) > 0 {
		return nil, &Problems{Path: abs, List: sorted(r.problems)}
	}
	inv.Path, inv.Hash = abs, hash(text)
	return inv, nil
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// displayName is the shorter of the path and the way there from the current folder.
func displayName(abs string) string {
	cwd, err := os.Getwd()
	if err != nil {
		return abs
	}
	if relative, err := filepath.Rel(cwd, abs); err == nil && len(relative) < len(abs) {
		return relative
	}
	return abs
}
