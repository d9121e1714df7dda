package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Labels on everything the lab makes. labelLab alone decides what Down removes.
const (
	labelLab    = "belt.lab"        // the lab's name
	labelSuite  = "belt.lab.suite"  // Debian's
	labelServer = "belt.lab.server" // ServerSpec as JSON
	labelRecipe = "belt.lab.recipe" // hash of all that a server is made of
	labelAddr   = "belt.lab.addr"   // EXTERNAL,INTERNAL
	labelLoop   = "belt.lab.loop"   // loop device under a server's disk
)

// docker runs the docker client and returns what it printed, without the
// newlines at the end.
func docker(ctx context.Context, args ...string) (string, error) {
	return dockerInput(ctx, nil, args...)
}

func dockerInput(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := cmd.Run()
	out := strings.TrimRight(stdout.String(), "\n")
	if err == nil {
		return out, nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if errors.Is(err, exec.ErrNotFound) {
		return out, fmt.Errorf("docker: %w: testdata/lab/prepare installs it", err)
	}
	return out, &commandError{what: "docker " + args[0], stderr: strings.TrimSpace(stderr.String()), err: err}
}

// commandError is a command that failed, with what it said.
type commandError struct {
	what, stderr string
	err          error
}

func (e *commandError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("%s: %v", e.what, e.err)
	}
	return fmt.Sprintf("%s: %v: %s", e.what, e.err, e.stderr)
}

func (e *commandError) Unwrap() error { return e.err }

// said reports whether err is a command that printed text to stderr.
func said(err error, text string) bool {
	var failed *commandError
	return errors.As(err, &failed) && strings.Contains(failed.stderr, text)
}

// lines splits command output, without empty lines.
func lines(out string) []string {
	return strings.FieldsFunc(out, func(r rune) bool { return r == '\n' })
}
