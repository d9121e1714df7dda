package labtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Process is a run of the program that goes on.
type Process struct {
	t    testing.TB
	args []string
	cmd  *exec.Cmd

	stdout bytes.Buffer
	begun  time.Time
	over   chan struct{}

	mu     sync.Mutex
	stderr strings.Builder
	events []Event
	news   chan struct{} // closed and made anew with every event
	hook   func(Event)
	ended  Ended
}

// Event is one line of progress: what -o json writes to stderr.
type Event struct {
	Kind    string   `json:"kind"`
	Step    string   `json:"step"`
	Server  string   `json:"server"`
	Title   string   `json:"title"`
	Done    int64    `json:"done"`
	Total   int64    `json:"total"`
	Seconds float64  `json:"seconds"`
	Note    string   `json:"note"`
	Error   string   `json:"error"`
	Hint    string   `json:"hint"`
	Left    []string `json:"left"`
}

// Start starts a command. A test that ends while it runs kills it.
func (c *CLI) Start(t testing.TB, args ...string) *Process {
	t.Helper()
	return c.StartHooked(t, nil, args...)
}

// StartHooked is Start with a function that sees each line of progress before the next one is read.
func (c *CLI) StartHooked(t testing.TB, hook func(p *Process, e Event), args ...string) *Process {
	t.Helper()
	p := &Process{t: t, args: args, cmd: c.command(args), over: make(chan struct{}), news: make(chan struct{}), begun: time.Now()}
	if hook != nil {
		p.hook = func(e Event) { hook(p, e) }
	}
	p.cmd.Stdout = &p.stdout
	pipe, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(pipe)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			p.line(lines.Text())
		}
		code := exitCode(p.cmd.Wait())
		p.mu.Lock()
		p.ended = Ended{Args: args, Code: code, Stdout: p.stdout.String(), Stderr: p.stderr.String(), Took: time.Since(p.begun)}
		p.mu.Unlock()
		close(p.over)
	}()
	overdue := time.AfterFunc(c.Patience, func() { p.cmd.Process.Signal(os.Kill) })
	t.Cleanup(func() {
		overdue.Stop()
		p.Kill()
	})
	return p
}

func (p *Process) line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stderr.WriteString(text + "\n")
	var e Event
	if json.Unmarshal([]byte(text), &e) != nil {
		return
	}
	p.events = append(p.events, e)
	close(p.news)
	p.news = make(chan struct{})
	if p.hook != nil {
		p.hook(e)
	}
}

// Args are those that the program was started with.
func (p *Process) Args() []string { return p.args }

// Events are the lines of progress so far.
func (p *Process) Events() []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Event(nil), p.events...)
}

// Await returns the first event that is wanted. The program's end without one fails the test.
func (p *Process) Await(what string, wanted func(Event) bool) Event {
	p.t.Helper()
	var found Event
	seen := p.Seen(func(e Event) bool {
		if wanted(e) {
			found = e
			return true
		}
		return false
	})
	select {
	case <-seen:
	case <-p.over:
		select {
		case <-seen:
		case <-time.After(time.Second): // the last lines may still be looked at
			p.t.Fatalf("ended before it told of %s: %s", what, p.Wait())
		}
	}
	return found
}

// AwaitStep returns once the step has an event of that kind. The step's id may be without the server at its end.
func (p *Process) AwaitStep(kind, step string) Event {
	p.t.Helper()
	return p.Await(step+" "+kind, func(e Event) bool { return e.Kind == kind && e.IsStep(step) })
}

// IsStep tells whether the event is about a step, named with or without its server.
func (e Event) IsStep(step string) bool { return e.Step == step || strings.HasPrefix(e.Step, step+".") }

// Running tells whether the program has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.over:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the program alone.
func (p *Process) Signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Errorf("belt %s: signal %s: %v", strings.Join(p.args, " "), s, err)
	}
}

// Kill ends the program as kill -9 does, and returns once it is gone.
func (p *Process) Kill() {
	p.cmd.Process.Kill() // one that has ended is what was wanted
	<-p.over
}

// Wait returns how the program ended.
func (p *Process) Wait() Ended {
	<-p.over
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// Result waits for the end, fails the test unless its exit code is code, on the process and in the document, and
// returns the document.
func (p *Process) Result(code int) Result {
	p.t.Helper()
	ended := p.Wait().Want(p.t, code)
	var r Result
	ended.Decode(p.t, &r)
	if r.ExitCode != code || (r.Error == "") != (code == 0) {
		p.t.Fatalf("the document says exit code %d and error %q: %s", r.ExitCode, r.Error, ended)
	}
	r.Ended = ended
	return r
}

// Over is closed when the program has ended.
func (p *Process) Over() <-chan struct{} { return p.over }

// Seen is closed once an event was seen that is wanted. It stays open when the program ends without one.
func (p *Process) Seen(wanted func(Event) bool) <-chan struct{} {
	seen := make(chan struct{})
	go func() {
		for n := 0; ; {
			p.mu.Lock()
			events, news := p.events, p.news
			p.mu.Unlock()
			for ; n < len(events); n++ {
				if wanted(events[n]) {
					close(seen)
					return
				}
			}
			select {
			case <-news:
			case <-p.over:
				if n == len(p.Events()) {
					return
				}
			}
		}
	}()
	return seen
}
