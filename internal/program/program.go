// Package program runs programs of the operator's on his own machine: those that the inventory names.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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

// Run runs the program to its end and returns what it printed on stdout. report is told each line of its stderr; the error has
// the last of them. When ctx ends it is asked to end, too, and is made to after 20 s.
func Run(ctx context.Context, s Spec, report func(string)) ([]byte, error) {
	path := s.Command
	if strings.Contains(path, "/") && !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	cmd := exec.CommandContext(ctx, path, s.Args...)
	cmd.Dir = s.Dir
	cmd.Env = append(os.Environ(), s.Env...)
	// It is asked to end before it is made to: it may have something half made to take away. What it started goes with it.
	inGroup(cmd)
	cmd.WaitDelay = 20 * time.Second
	var out bytes.Buffer
	said := &lines{report: report}
	cmd.Stdout, cmd.Stderr = &out, said
	err := cmd.Run()
	said.end()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("ended with %w", exit)
		}
		if last := said.last(); last != "" {
			err = fmt.Errorf("%w: %s", err, last)
		}
		return nil, err
	}
	return out.Bytes(), nil
}

// lines hands each line on as it comes, and keeps the last few.
type lines struct {
	report func(string)
	part   []byte
	kept   []string
}

var _ io.Writer = (*lines)(nil)

func (l *lines) Write(p []byte) (int, error) {
	l.part = append(l.part, p...)
	for {
		i := bytes.IndexByte(l.part, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.take(string(l.part[:i]))
		l.part = l.part[i+1:]
	}
}

func (l *lines) end() {
	if len(l.part) > 0 {
		l.take(string(l.part))
		l.part = nil
	}
}

func (l *lines) take(line string) {
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	if l.report != nil {
		l.report(line)
	}
	if l.kept = append(l.kept, line); len(l.kept) > 5 {
		l.kept = l.kept[1:]
	}
}

func (l *lines) last() string { return strings.Join(l.kept, "; ") }
