package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock waits until no other process of this machine has the lab of that name
// to itself. Up does not take it; tests that share a lab do.
func Lock(name string) (unlock func(), err error) {
	return lockFile(filepath.Join(os.TempDir(), "belt-lab-"+name+".lock"))
}

// lockFile waits for the machine-wide lock on path; the kernel frees it when
// its holder dies.
func lockFile(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { file.Close() }, nil
}
