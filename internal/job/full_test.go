package job

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// On a full disk a job must still tell that it failed, and why.
func TestDiskFull(t *testing.T) {
	w := newWorld(t)
	if err := syscall.Mount("tmpfs", w.base, "tmpfs", 0, "size=200k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := At(db2, w.id, In(w.base), hasty).Remove(context.Background()); err != nil {
			t.Error(err)
		}
		if err := syscall.Unmount(w.base, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := w.spec(`cat /dev/zero >big`)
	s.Secrets = map[string][]byte{"password": []byte("hush")}
	err := w.start(s).Follow(t.Context(), nil)
	failed, ok := errors.AsType[*FailedError](err)
	if !ok || failed.State != Failed || failed.Code != 1 || !strings.Contains(failed.Log, "No space left on device") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(w.file("jobs/" + w.id + "/files")); !os.IsNotExist(err) {
		t.Error("the secrets are still there")
	}
}
