// Package program runs programs of the operator's on his own machine: those that the inventory names.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Spec says what is run.
type Spec struct {
	Command string // a path, relative to Dir, or a bare name that is looked up in PATH
	Args    []string
	Dir     string   // where it runs
	Env     []string // besides the environment of this process
}

// Find tells why the program could not be started as far as that can be known before; nil when it is there and executable.
func (s Spec) Find() error {
	_, err := exec.LookPath(s.path())
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err // without the path: whoever asks knows it
}

func (s Spec) path() string {
	if strings.Contains(s.Command, "/") && !filepath.IsAbs(s.Command) {
		return filepath.Join(s.Dir, s.Command)
	}
	return s.Command
}

// Run runs the program to its end. report is told each line that it prints, and the error has the last of them. When ctx ends
// it is asked to end, too, and is made to after 20 s.
func Run(ctx context.Context, s Spec, report func(string)) error {
	said := &lines{report: report}
	return s.run(ctx, said, said)
}

// Output is Run for a program whose stdout is its answer: report is told of its stderr alone.
func Output(ctx context.Context, s Spec, report func(string)) ([]byte, error) {
	var out bytes.Buffer
	if err := s.run(ctx, &out, &lines{report: report}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (s Spec) run(ctx context.Context, stdout io.Writer, said *lines) error {
	cmd := exec.CommandContext(ctx, s.path(), s.Args...)
	cmd.Dir = s.Dir
	cmd.Env = append(os.Environ(), s.Env...)
	// It is asked to end before it is made to: it may have something half made to take away. What it started goes with it.
	inGroup(cmd)
	cmd.WaitDelay = 20 * time.Second
	cmd.Stdout, cmd.Stderr = stdout, said
	err := cmd.Run()
	said.end()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, exec.ErrWaitDelay) { // it ended well, and something that it left behind holds its output open
		return nil
	}
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("ended with %w", exit)
		}
		if last := said.last(); last != "" {
			err = fmt.Errorf("%w: %s", err, last)
		}
	}
	return err
}
