package lab

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Exec runs a shell script as root on the server, not over SSH, and returns
// its stdout without the newlines at the end. The arguments are its $1, $2, …
func (s *Server) Exec(ctx context.Context, script string, args ...string) (string, error) {
	out, err := docker(ctx, append([]string{"exec", s.Container, "/bin/sh", "-c", script, "sh"}, args...)...)
	if err != nil {
		return out, fmt.Errorf("%s: %w", s.ID(), err)
	}
	return out, nil
}

// SSH runs a command on the server over SSH with OpenSSH's own client and the
// lab's key, as Belt would: at the external address, host key known.
func (s *Server) SSH(ctx context.Context, user, command string) (string, error) {
	cmd := exec.CommandContext(ctx, "ssh", "-F", "none", "-T", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
		"-i", s.lab.Identity(), "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile="+s.lab.KnownHosts(),
		"-o", "ConnectTimeout=10", user+"@"+s.External.String(), command)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	out := strings.TrimRight(stdout.String(), "\n")
	if err != nil {
		return out, fmt.Errorf("%s: %w", s.ID(), &commandError{what: "ssh " + user + "@" + s.External.String(), stderr: strings.TrimSpace(stderr.String()), err: err})
	}
	return out, nil
}
