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

// PSQL runs SQL as postgres in the database postgres. Rows are returned one a
// line, columns separated by "|".
func (s *Server) PSQL(ctx context.Context, sql string) (string, error) {
	return s.PSQLIn(ctx, "postgres", sql)
}

// PSQLIn is PSQL in another database.
func (s *Server) PSQLIn(ctx context.Context, database, sql string) (string, error) {
	out, err := dockerInput(ctx, strings.NewReader(sql), append([]string{"exec", "-i"}, s.psql(database)...)...)
	if err != nil {
		return out, fmt.Errorf("%s: psql: %w", s.ID(), err)
	}
	return out, nil
}

// psql is the command, for docker exec, that reads SQL from stdin as postgres.
func (s *Server) psql(database string) []string {
	return []string{"-u", "postgres", s.Container, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database}
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
