package envpush

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// Extended attributes, as SELinux keeps its contexts in, come along.
func TestExtendedAttributes(t *testing.T) {
	h := newHost(t, "web1")
	h.write(t, file, "KEEP=1\n")
	if err := syscall.Setxattr(h.path(file), "user.note", []byte("ours"), 0); err != nil {
		t.Skipf("this file system has none: %v", err)
	}
	mustPush(t, h.server(address))
	got := make([]byte, 10)
	n, err := syscall.Getxattr(h.path(file), "user.note", got)
	if err != nil || string(got[:n]) != "ours" {
		t.Errorf("%q, %v", got[:max(n, 0)], err)
	}
	if info, err := os.Stat(h.path(file)); err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("the time of the old file came along as well: %v, %v", info.ModTime(), err)
	}
}
