package inventory

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// save replaces the file's text, which has to be before still. A symbolic link stays one; mode and owner stay.
func save(path string, before, after []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("write the inventory: %w", err)
	}
	temporary, err := writeBeside(target, after)
	if err != nil {
		return fmt.Errorf("write the inventory: %w", err)
	}
	defer os.Remove(temporary) // is gone already when all went well
	now, err := readSmall(target, sizeLimit)
	if err != nil {
		return readError(path, err)
	}
	if !bytes.Equal(now, before) {
		return &Changed{Path: path}
	}
	if err := os.Rename(temporary, target); err != nil {
		return fmt.Errorf("write the inventory: %w", err)
	}
	syncDir(filepath.Dir(target))
	return nil
}

// writeBeside writes a new file into the folder of an old one, with its mode and owner, and down to the disk.
func writeBeside(old string, text []byte) (name string, err error) {
	info, err := os.Stat(old)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(old), "."+filepath.Base(old)+".*")
	if err != nil {
		return "", err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	if _, err := file.Write(text); err != nil {
		return "", err
	}
	keepOwner(file, info)
	if err := file.Chmod(info.Mode().Perm()); err != nil {
		return "", err
	}
	return file.Name(), file.Sync()
}

// syncDir makes a rename last through a power cut. Not every file system knows how; the rename is done either way.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
