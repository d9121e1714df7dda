package lab

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// removeCgroup deletes the empty groups that a server's systemd left in a
// cgroup v2 tree of the host, where the recipe's init made them. Where Docker
// itself uses v2 they went with the container.
func removeCgroup(container string) error {
	for _, tree := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		var dirs []string
		err := filepath.WalkDir(filepath.Join(tree, container), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				dirs = append(dirs, path)
			}
			return nil // groups come and go, and the user may not be root: what cannot be read is left
		})
		if err != nil {
			return err
		}
		for _, dir := range slices.Backward(dirs) { // children first
			if err := os.Remove(dir); err != nil && !os.IsNotExist(err) {
				break // a process still leaves; the group is found and used again at the next boot
			}
		}
	}
	return nil
}
