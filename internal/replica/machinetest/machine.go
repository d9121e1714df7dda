// Package machinetest pretends to be a server that Belt's engines work on: its files, its services and its detached jobs,
// in memory. An engine's fake adds its own scripts and its instance.
package machinetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
)

// Machine pretends to be a server: it understands the scripts of the packages replica, job and remote by what they do to
// files and services, and an engine's own by the [Script]s that its fake adds. A command that it does not know fails the
// test.
type Machine struct {
	T     testing.TB
	Name  string      // "shop/db1"
	Lock  *sync.Mutex // one for all machines of a world: commands come one after the other
	Files Files
	Jobs  map[string]*Job

	DataDir string // of the instance
	Unit    string // that runs it
	Service Service
	Client  Client
	Scripts []Script
	Links   func(folder string) []string // the places elsewhere that a data folder refers to; nil where none does
	Broken  map[string]string            // what fails, and how: "write", …
	Down    error                        // why it cannot be reached; nil when it can

	shared []Script // that all machines understand
}

// Service is the instance as the machine starts and stops it.
type Service interface {
	Start() error
	Stop()
	// Ready is what a swap's guard tests of the copy in a folder.
	Ready(folder string, args []string) error
	// Work is what a detached job does.
	Work(id, script string, args []string) error
}

// Client is the program that asks the instance. Its commands are known by their script, and it sees for itself that one that
// only reads does so.
type Client struct {
	Script *regexp.Regexp // nil: they are known by their titles, as all others
	Do     func(Call) (string, error)
}

// Call is one command as a machine gets it.
type Call struct {
	remote.Command
	Input string
}

// Failure is a script's exit code and complaint.
type Failure struct {
	Code int
	Text string
}

func (f *Failure) Error() string { return f.Text }

// Fails is a script that ends with a complaint.
func Fails(format string, args ...any) error { return Exits(1, fmt.Sprintf(format, args...)) }

// Exits is a script that ends with a code and a complaint.
func Exits(code int, complaint string) error { return &Failure{code, complaint} }

// Script is a command that a machine understands.
type Script struct {
	Title  *regexp.Regexp
	Args   int // how many it takes; -1 for any number
	Writes bool
	Do     func(Call) (string, error)
}

// Title matches a whole title.
func Title(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }

// NewMachine is a machine without an instance.
func NewMachine(t testing.TB, name string, lock *sync.Mutex) *Machine {
	m := &Machine{T: t, Name: name, Lock: lock, Files: Files{}, Jobs: map[string]*Job{}, Broken: map[string]string{}}
	m.shared = m.common()
	return m
}

// Runner is the way to the machine under a label.
func (m *Machine) Runner(label string) remote.Runner { return runner{m, label} }

type runner struct {
	machine *Machine
	label   string
}

func (r runner) Server() string { return r.label }

// Run does what the command would do.
func (r runner) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	m, title := r.machine, remote.Title(cmd)
	if ctx.Err() != nil {
		return remote.Result{Code: -1}, fmt.Errorf("%s: %s: stopped: %w", r.label, title, context.Cause(ctx))
	}
	c := Call{Command: cmd}
	if cmd.Stdin != nil {
		input, err := io.ReadAll(cmd.Stdin)
		if err != nil {
			return remote.Result{Code: -1}, err
		}
		c.Input = string(input)
	}
	m.Lock.Lock()
	defer m.Lock.Unlock()
	if m.Down != nil {
		return remote.Result{Code: -1}, &remote.UnreachableError{Server: r.label, Addr: m.Name, Err: m.Down}
	}
	out, err := m.dispatch(title, c)
	if cmd.Stdout != nil {
		if _, werr := io.WriteString(cmd.Stdout, out); werr != nil {
			return remote.Result{Code: -1}, werr
		}
		out = ""
	}
	var f *Failure
	if errors.As(err, &f) {
		return remote.Result{Stdout: out, Stderr: f.Text, Code: f.Code}, &remote.ExitError{Server: r.label, Title: title, Code: f.Code, Stderr: f.Text}
	}
	return remote.Result{Stdout: out}, err
}

func (m *Machine) dispatch(title string, c Call) (string, error) {
	if m.Client.Script != nil && m.Client.Script.MatchString(c.Script) {
		return m.Client.Do(c)
	}
	for _, known := range slices.Concat(m.Scripts, m.shared) {
		if !known.Title.MatchString(title) || known.Args >= 0 && known.Args != len(c.Args) {
			continue
		}
		if known.Writes == c.ReadOnly {
			m.T.Errorf("%s: %q: read-only is %v", m.Name, title, c.ReadOnly)
		}
		return known.Do(c)
	}
	m.T.Errorf("%s: a command that this world does not know: %q with %q\n%s", m.Name, title, c.Args, c.Script)
	return "", Fails("unknown command %q", title)
}
