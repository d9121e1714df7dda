//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lockFile keeps other runs of Belt from editing the file until unlock is called. Where the file system has no locks it does
// nothing: save compares the text once more.
func lockFile(path string) (unlock func(), err error) {
	const patience = 10 * time.Second
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		file, err := os.Open(path)
		if err != nil {
			return nil, readError(path, err)
		}
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil && isStill(file, path):
			return func() { file.Close() }, nil // closing unlocks
		case err == nil, errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
			file.Close() // held, or replaced while we waited: what is locked is the old file
		default:
			return func() { file.Close() }, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("write the inventory %s: another program has kept it locked for %v", path, patience)
		}
	}
}

func isStill(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(opened, now)
}

// keepOwner gives a file the owner of another. Only root can give files away; for others the file becomes their own.
func keepOwner(file *os.File, like fs.FileInfo) {
	if stat, ok := like.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(stat.Uid), int(stat.Gid))
	}
}
