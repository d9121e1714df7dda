package inventory

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// Edit changes the inventory file at path. expectHash is the Hash of the inventory that the change was thought out for: when
// the file has another one, the error is a *Changed. With "" the change is made to what the file holds now, which loses
// nothing either: an edit says what is to become of one place, not what the file is to be.
//
// The new text replaces the old in one step, or not at all. changed is false when there was nothing to do.
func Edit(path, expectHash string, change func(*Editor) error) (changed bool, err error) {
	unlock, err := lockFile(path)
	if err != nil {
		return false, err
	}
	defer unlock()
	before, after, err := edited(path, expectHash, change)
	if err != nil || bytes.Equal(before, after) {
		return false, err
	}
	if err := save(path, before, after); err != nil {
		return false, err
	}
	return true, nil
}

// Preview returns what Edit would change, and changes nothing.
func Preview(path string, change func(*Editor) error) (Diff, error) {
	before, after, err := edited(path, "", change)
	if err != nil {
		return nil, err
	}
	return diff(before, after), nil
}

// After returns the inventory as it would be after Edit, and changes nothing.
func After(path string, change func(*Editor) error) (*Inventory, error) {
	_, after, err := edited(path, "", change)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the inventory: %w", err)
	}
	inv, err := parse(abs, after)
	if err != nil {
		return nil, err
	}
	inv.Path = abs
	return inv, nil
}

func edited(path, expectHash string, change func(*Editor) error) (before, after []byte, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, fmt.Errorf("find the inventory: %w", err)
	}
	before, err = readSmall(abs, sizeLimit)
	if err != nil {
		return nil, nil, readError(path, err)
	}
	if expectHash != "" && hash(before) != expectHash {
		return nil, nil, &Changed{Path: abs}
	}
	inv, err := parse(abs, before)
	if err != nil {
		return nil, nil, err
	}
	e := &Editor{path: abs, text: before, inv: inv}
	if err := change(e); err != nil {
		return nil, nil, err
	}
	return before, e.text, nil
}

// Changed says that somebody else wrote the file in the meantime. It was left alone.
type Changed struct{ Path string }

func (e *Changed) Error() string {
	return fmt.Sprintf("%s was changed by somebody else since it was read", displayName(e.Path))
}

// Hint is the next step for the user.
func (e *Changed) Hint() string { return "run the same command again: it reads the file anew" }
