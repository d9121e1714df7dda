package lock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"sync/atomic"

	"github.com/dbbelt/belt/pkg/remote"
)

// local is a server that is this machine, behind a connection that can go silent without a word: mute stops both
// directions and closes none.
type local struct {
	name string
	mute *atomic.Bool
}

func (l local) Server() string { return l.name }

func (l local) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", c.Script, "sh"}, c.Args...)...)
	cmd.Cancel = func() error {
		if l.mute != nil && l.mute.Load() {
			return nil // the server does not hear of it
		}
		return cmd.Process.Kill()
	}
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Writer(&out), &errOut
	if c.Stdout != nil {
		cmd.Stdout = l.dropping(c.Stdout)
	}
	if c.Stdin != nil {
		in, err := cmd.StdinPipe()
		if err != nil {
			return remote.Result{}, err
		}
		go func() {
			io.Copy(l.dropping(in), c.Stdin)
			if l.mute == nil || !l.mute.Load() {
				in.Close()
			}
		}()
	}
	err := cmd.Run()
	res := remote.Result{Stdout: out.String(), Stderr: errOut.String(), Code: cmd.ProcessState.ExitCode()}
	if _, exit := errors.AsType[*exec.ExitError](err); exit && ctx.Err() == nil {
		return res, &remote.ExitError{Server: l.name, Title: c.Title, Code: res.Code, Stderr: res.Stderr}
	}
	return res, err
}

func (l local) dropping(w io.Writer) io.Writer {
	if l.mute == nil {
		return w
	}
	return writer(func(p []byte) (int, error) {
		if l.mute.Load() {
			return len(p), nil
		}
		return w.Write(p)
	})
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
