package job

import (
	"bytes"
	"context"
	"errors"
	"os/exec"

	"github.com/dbbelt/belt/pkg/remote"
)

// local is a server that is this machine.
type local struct{}

func (local) Server() string { return "db2" }

func (local) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", c.Script, "sh"}, c.Args...)...)
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, &out, &errOut
	err := cmd.Run()
	res := remote.Result{Stdout: out.String(), Stderr: errOut.String(), Code: cmd.ProcessState.ExitCode()}
	if _, exit := errors.AsType[*exec.ExitError](err); exit && ctx.Err() == nil {
		return res, &remote.ExitError{Server: "db2", Title: c.Title, Code: res.Code, Stderr: res.Stderr}
	}
	return res, err
}
