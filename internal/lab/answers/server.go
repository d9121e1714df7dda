package answers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/pkg/remote"
)

// Server runs commands in a lab server's container, and keeps the last answer to each title.
type Server struct {
	Host *lab.Server
	said map[string]string
}

// Of is a server of the lab.
func Of(host *lab.Server) *Server { return &Server{Host: host, said: map[string]string{}} }

// Server is the name in messages.
func (s *Server) Server() string { return s.Host.Name }

// Last is the last answer to the commands of a title.
func (s *Server) Last(title string) string { return s.said[title] }

// Run runs the script as the user it asks for, without SSH.
func (s *Server) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	as := cmd.As
	if as == "" {
		as = "root"
	}
	words := append([]string{"exec", "-i", "-u", as, "-e", "LC_ALL=C", "-w", "/", s.Host.Container, "/bin/sh", "-c", cmd.Script, "belt"}, cmd.Args...)
	c := exec.CommandContext(ctx, "docker", words...)
	var stdout, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = cmd.Stdin, &stdout, &stderr
	if cmd.Stdout != nil {
		c.Stdout = io.MultiWriter(cmd.Stdout, &stdout)
	}
	err := c.Run()
	if ctx.Err() != nil {
		return remote.Result{Code: -1}, context.Cause(ctx)
	}
	res := remote.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: c.ProcessState.ExitCode()}
	s.said[remote.Title(cmd)] = res.Stdout
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return res, &remote.ExitError{Server: s.Host.Name, Title: remote.Title(cmd), Code: res.Code, Stderr: res.Stderr}
	}
	return res, err
}
