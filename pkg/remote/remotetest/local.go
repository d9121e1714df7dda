package remotetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"strings"
	"syscall"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// Local is a [remote.Runner] that runs scripts on this machine: for testing scripts without a server. It can only be
// the current user, and for root another user with runuser.
type Local struct {
	Name string   // default "local"
	Env  []string // added to the environment
}

// Server is the name in messages.
func (l Local) Server() string {
	if l.Name == "" {
		return "local"
	}
	return l.Name
}

// Dial connects from this machine.
func (l Local) Dial(ctx context.Context, t remote.Tunnel) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", t.Address)
}

// Run runs the script under /bin/sh with LC_ALL=C in the folder /, as a server does.
func (l Local) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	title := remote.Title(cmd)
	env := append(os.Environ(), "LC_ALL=C")
	words := append([]string{"/bin/sh", "-c", cmd.Script, "belt"}, cmd.Args...)
	if as := cmd.As; as != "" {
		me, err := user.Current()
		if err != nil {
			return remote.Result{Code: -1}, err
		}
		switch {
		case as == me.Username:
		case me.Uid != "0":
			return remote.Result{Code: -1}, &remote.SudoError{Server: l.Server(), User: me.Username, As: as, Detail: "local tests use no sudo"}
		default:
			other, err := user.Lookup(as)
			if err != nil {
				return remote.Result{Code: -1}, &remote.SudoError{Server: l.Server(), User: me.Username, As: as, Detail: remote.NoSuchUser}
			}
			words = append([]string{"runuser", "-u", as, "--"}, words...)
			env = append(env, "HOME="+other.HomeDir, "USER="+as, "LOGNAME="+as)
		}
	}
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Dir = "/"
	c.Env = append(env, l.Env...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 2 * time.Second
	var stdout, stderr bytes.Buffer
	out := &checkedWriter{to: &stdout}
	if cmd.Stdout != nil {
		out.to = cmd.Stdout
	}
	c.Stdin, c.Stdout, c.Stderr = cmd.Stdin, out, &stderr
	err := c.Run()
	if out.err != nil {
		return remote.Result{Code: -1}, fmt.Errorf("%s: %s: take the output: %w", l.Server(), title, out.err)
	}
	if ctx.Err() != nil {
		return remote.Result{Code: -1}, fmt.Errorf("%s: %s: stopped: %w", l.Server(), title, context.Cause(ctx))
	}
	const most = 64 << 10
	res := remote.Result{Stdout: stdout.String(), Stderr: stderr.String()[max(0, stderr.Len()-most):]}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return res, nil
	case errors.As(err, &exit) && exit.Exited():
		res.Code = exit.ExitCode()
	case errors.As(err, &exit):
		signal := exit.Sys().(syscall.WaitStatus).Signal()
		res.Code = 128 + int(signal)
		if strings.TrimSpace(res.Stderr) == "" {
			res.Stderr = "killed by signal " + strings.TrimPrefix(signal.String(), "signal ")
		}
	default:
		res.Code = -1
		return res, fmt.Errorf("%s: %s: %w", l.Server(), title, err)
	}
	return res, &remote.ExitError{Server: l.Server(), Title: title, Code: res.Code, Stderr: res.Stderr}
}

// checkedWriter remembers a failed write: the command then dies of a broken pipe, which says less.
type checkedWriter struct {
	to  io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err != nil {
		w.err = err
	}
	return n, err
}
