package sshrun_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// The login shell reads one line of Belt's; here it is each shell that is installed. In the lab they all are.
func TestLoginShells(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "ksh", "fish", "csh", "tcsh"} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not installed", shell)
			}
			s := remotetest.NewServer(t, remotetest.ServerOptions{Shell: []string{path}})
			remotetest.RunnerContract(t, false, func(t *testing.T) remote.Runner { return runner(t, s) })
		})
	}
}

// A shell that says what it does, and one that runs nothing.
func TestOddLoginShells(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{Shell: []string{"/bin/sh", "-xv"}})
	mustRun(t, runner(t, s))

	s = remotetest.NewServer(t, remotetest.ServerOptions{Shell: []string{"/bin/echo", "This account is not available:"}})
	mustNotLogIn(t, runner(t, s), "its login shell did not start the command", "This account is not available")
}

func TestTooLargeForACommandLine(t *testing.T) {
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	r := runner(t, s)
	fits := strings.Repeat("x", 90<<10)
	if got, err := r.Run(t.Context(), remote.Command{Script: `printf '%s' "$1" | wc -c`, Args: []string{fits}}); err != nil || strings.TrimSpace(got.Stdout) != "92160" {
		t.Errorf("90 KB: %q, %v", got.Stdout, err)
	}
	for name, cmd := range map[string]remote.Command{
		"script":    {Title: "much", Script: ": " + strings.Repeat("x", 200<<10)},
		"arguments": {Title: "much", Script: ":", Args: []string{fits, fits}},
	} {
		if _, err := r.Run(t.Context(), cmd); err == nil || !strings.Contains(err.Error(), "db1: much: ") || !strings.Contains(err.Error(), "send data on stdin") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiles(t *testing.T) {
	remotetest.FileContract(t, runner(t, remotetest.NewServer(t, remotetest.ServerOptions{Noise: "hello\n"})), "")
}
