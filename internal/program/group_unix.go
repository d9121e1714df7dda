//go:build unix

package program

import (
	"os/exec"
	"syscall"
)

// inGroup gives the program a process group of its own: Ctrl-C is Belt's to handle.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
