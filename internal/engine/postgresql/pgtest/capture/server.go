package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"os/exec"
	"strings"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/pkg/remote"
)

// server runs commands in a lab server's container, and keeps the last answer to each title.
type server struct {
	host    *lab.Server
	answers map[string]string
}

func (s *server) Server() string { return s.host.Name }

// Run runs the script as the user it asks for, without SSH.
func (s *server) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	as := cmd.As
	if as == "" {
		as = "root"
	}
	words := append([]string{"exec", "-i", "-u", as, "-e", "LC_ALL=C", "-w", "/", s.host.Container, "/bin/sh", "-c", cmd.Script, "belt"}, cmd.Args...)
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
	s.answers[remote.Title(cmd)] = res.Stdout
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return res, &remote.ExitError{Server: s.host.Name, Title: remote.Title(cmd), Code: res.Code, Stderr: res.Stderr}
	}
	return res, err
}

// network is the part of an address that all of its /24 share: "10.0.0.".
func network(a netip.Addr) string {
	text := a.String()
	return text[:strings.LastIndexByte(text, '.')+1]
}

// neutral puts documentation addresses in the place of the lab's.
func neutral(l *lab.Lab, text string) string {
	var pairs, networks []string
	for i, s := range l.Servers() {
		pairs = append(pairs, s.External.String(), "203.0.113.2"+string(rune('1'+i)), s.Internal.String(), "10.0.0.2"+string(rune('1'+i)))
		networks = append(networks, network(s.External), "203.0.113.", network(s.Internal), "10.0.0.")
	}
	pairs = append(pairs, networks...) // the first that fits is replaced
	return strings.NewReplacer(pairs...).Replace(text)
}
