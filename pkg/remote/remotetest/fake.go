// Package remotetest holds what tests put in the place of real servers: a scripted [Fake], a fault injector [Faults],
// a runner [Local] for scripts on this machine, and an SSH [Server] inside the test process. [RunnerContract] is what
// every runner has to pass.
package remotetest

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
)

// Call is one command that a fake was given.
type Call struct {
	remote.Command
	Input string // what Stdin held
}

// Fake is a [remote.Runner] that answers as it was told to and runs nothing. A command that it was not told about
// fails the test, and so does an expected command that never came.
type Fake struct {
	name string
	t    testing.TB

	mu      sync.Mutex
	replies []*Reply
	calls   []Call
}

// NewFake returns a fake of a server that expects no command yet.
func NewFake(t testing.TB, server string) *Fake {
	f := &Fake{name: server, t: t}
	t.Cleanup(f.complain)
	return f
}

// Reply is what the fake does about the commands that it matches. Without a word more the command ends at once with
// exit code 0 and no output, and is expected once or more.
type Reply struct {
	what    string
	matches func(remote.Command) bool
	least   int
	most    int // 0: no bound
	used    int

	stdout, stderr string
	code           int
	err            error
	do             func(Call) (remote.Result, error)
}

// Title expects commands of that title (see [remote.Title]).
func (f *Fake) Title(title string) *Reply {
	return f.add(fmt.Sprintf("title %q", title), func(c remote.Command) bool { return remote.Title(c) == title })
}

// Match expects commands in whose title, script or arguments the regular expression is found.
func (f *Fake) Match(pattern string) *Reply {
	re := regexp.MustCompile(pattern)
	return f.add(fmt.Sprintf("pattern %q", pattern), func(c remote.Command) bool {
		return re.MatchString(remote.Title(c)) || re.MatchString(c.Script) || re.MatchString(strings.Join(c.Args, " "))
	})
}

// When expects commands for which is is true; what describes them in complaints.
func (f *Fake) When(what string, is func(remote.Command) bool) *Reply { return f.add(what, is) }

func (f *Fake) add(what string, matches func(remote.Command) bool) *Reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := &Reply{what: what, matches: matches, least: 1}
	f.replies = append(f.replies, r)
	return r
}

// Stdout is the command's standard output.
func (r *Reply) Stdout(text string) *Reply { r.stdout = text; return r }

// Stderr is the command's standard error.
func (r *Reply) Stderr(text string) *Reply { r.stderr = text; return r }

// Exit is the command's exit code; other than 0 it becomes a *remote.ExitError.
func (r *Reply) Exit(code int) *Reply { r.code = code; return r }

// Fail makes Run return the error.
func (r *Reply) Fail(err error) *Reply { r.err = err; return r }

// Do answers with what the function returns. A Code other than 0 without an error becomes a *remote.ExitError.
func (r *Reply) Do(do func(Call) (remote.Result, error)) *Reply { r.do = do; return r }

// Times expects the command exactly n times. Then the next reply that matches has its turn, which makes sequences.
func (r *Reply) Times(n int) *Reply { r.least, r.most = n, n; return r }

// Optional allows that the command never comes.
func (r *Reply) Optional() *Reply { r.least = 0; return r }

// Server is the name that the fake was given.
func (f *Fake) Server() string { return f.name }

// Calls returns the commands so far, in order.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Titles returns the titles of the commands so far, in order.
func (f *Fake) Titles() []string {
	var titles []string
	for _, c := range f.Calls() {
		titles = append(titles, remote.Title(c.Command))
	}
	return titles
}

// Run answers from the first reply that matches and is not used up.
func (f *Fake) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	f.t.Helper()
	title := remote.Title(cmd)
	if err := ctx.Err(); err != nil {
		return remote.Result{Code: -1}, fmt.Errorf("%s: %s: stopped: %w", f.name, title, context.Cause(ctx))
	}
	call := Call{Command: cmd}
	if cmd.Stdin != nil {
		input, err := io.ReadAll(cmd.Stdin)
		if err != nil {
			return remote.Result{Code: -1}, fmt.Errorf("%s: %s: read the input: %w", f.name, title, err)
		}
		call.Input = string(input)
	}
	r := f.take(call)
	if r == nil {
		f.t.Errorf("%s: unexpected command %q:\n%s\nargs %q", f.name, title, cmd.Script, cmd.Args)
		return remote.Result{Code: -1}, fmt.Errorf("%s: %s: the fake does not expect this command", f.name, title)
	}
	res, err := remote.Result{Stdout: r.stdout, Stderr: r.stderr, Code: r.code}, r.err
	if r.do != nil {
		res, err = r.do(call)
	}
	if cmd.Stdout != nil {
		if _, werr := io.WriteString(cmd.Stdout, res.Stdout); werr != nil && err == nil {
			err = fmt.Errorf("%s: %s: take the output: %w", f.name, title, werr)
		}
		res.Stdout = ""
	}
	if err == nil && res.Code != 0 {
		err = &remote.ExitError{Server: f.name, Title: title, Code: res.Code, Stderr: res.Stderr}
	}
	return res, err
}

func (f *Fake) take(call Call) *Reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
	for _, r := range f.replies {
		if (r.most == 0 || r.used < r.most) && r.matches(call.Command) {
			r.used++
			return r
		}
	}
	return nil
}

func (f *Fake) complain() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.replies {
		if r.used < r.least {
			f.t.Errorf("%s: the command with %s was expected %d times and came %d times", f.name, r.what, r.least, r.used)
		}
	}
}
