package mongotest

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// runner is the way to a server.
type runner struct {
	server *Server
	label  string
}

func (r *runner) Server() string { return r.label }

func (r *runner) unreachable() error {
	return &remote.UnreachableError{Server: r.label, Addr: r.server.External, Err: fmt.Errorf("no route to host")}
}

// Dial connects from the server, as its sshd does.
func (r *runner) Dial(ctx context.Context, t remote.Tunnel) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	w := r.server.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.server.down {
		return nil, r.unreachable()
	}
	p := w.at(r.server, t.Address)
	if p == nil {
		return nil, fmt.Errorf("%s: connect to %s: Connection refused", r.label, t.Address)
	}
	return p.connect(p.server == r.server), nil
}

// Node is the server as the inventory has it, for a command on a target of the app home.
func (s *Server) Node(home string) replication.Node {
	n := replication.Node{
		App: s.App, Server: s.Name, Label: s.Name, Database: "mongodb", Engine: "mongodb", Internal: s.Internal, External: s.External,
		Settings: s.Settings,
	}
	if s.App != home {
		n.Label = s.key()
	}
	n.Runner = &runner{server: s, label: n.Label}
	if s.world.Wrap != nil {
		n.Runner = s.world.Wrap(n.Runner)
	}
	return n
}

// call is one command as a server gets it.
type call struct {
	remote.Command
	input string
}

// failure is a script's exit code and complaint.
type failure struct {
	code int
	text string
}

func (f *failure) Error() string { return f.text }

func fails(format string, args ...any) error { return &failure{1, fmt.Sprintf(format, args...)} }

// Run does what the command would do.
func (r *runner) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	s, w := r.server, r.server.world
	title := remote.Title(cmd)
	if ctx.Err() != nil {
		return remote.Result{Code: -1}, fmt.Errorf("%s: %s: stopped: %w", r.label, title, context.Cause(ctx))
	}
	c := call{Command: cmd}
	if cmd.Stdin != nil {
		input, err := io.ReadAll(cmd.Stdin)
		if err != nil {
			return remote.Result{Code: -1}, err
		}
		c.input = string(input)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.down {
		return remote.Result{Code: -1}, r.unreachable()
	}
	out, err := s.dispatch(title, c)
	if cmd.Stdout != nil {
		if _, werr := io.WriteString(cmd.Stdout, out); werr != nil {
			return remote.Result{Code: -1}, werr
		}
		out = ""
	}
	if f, ok := err.(*failure); ok {
		return remote.Result{Stdout: out, Stderr: f.text, Code: f.code}, &remote.ExitError{Server: r.label, Title: title, Code: f.code, Stderr: f.text}
	}
	return remote.Result{Stdout: out}, err
}

// script is a command that the world understands.
type script struct {
	title  *regexp.Regexp
	args   int // how many it takes; -1 for any number
	writes bool
	do     func(*Server, call) (string, error)
}

func (s *Server) dispatch(title string, c call) (string, error) {
	for _, known := range scripts {
		if !known.title.MatchString(title) || known.args >= 0 && known.args != len(c.Args) {
			continue
		}
		if known.writes == c.ReadOnly {
			s.world.t.Errorf("%s: %q: read-only is %v", s.key(), title, c.ReadOnly)
		}
		if known.writes {
			if why := s.broken["write"]; why != "" {
				return "", fails("%s", why)
			}
		}
		return known.do(s, c)
	}
	s.world.t.Errorf("%s: a command that this world does not know: %q with %q\n%s", s.key(), title, c.Args, c.Script)
	return "", fails("unknown command %q", title)
}

func title(pattern string) *regexp.Regexp { return regexp.MustCompile("^" + pattern + "$") }

// scripts are all of Belt's for MongoDB, and those of the packages below it.
var scripts = []script{
	{title("inspect MongoDB"), 5, false, (*Server).inspect},
	{title("log in"), 0, false, (*Server).nothing},
	{title("read the noted settings"), 1, false, (*Server).readNotes},
	{title("read the log"), 1, false, (*Server).lastWords},
	{title("read /.*"), 1, false, (*Server).readFile},
	{title("write /.*"), 6, true, (*Server).writeFile},
	{title("note that the new folder is complete"), 1, true, (*Server).note},
	{title("note .*"), 1, true, (*Server).note},
	{title("mark the copy complete"), 1, true, (*Server).complete},
	{title("remove belt's notes"), -1, true, (*Server).removeFiles},
	{title("look for what the run made"), 2, false, (*Server).eitherThere},
	{title("look which run put the data in place"), 1, false, (*Server).show},
	{title("look whether .* is there"), 1, false, (*Server).there},
	{title("look for what is to be removed"), -1, false, (*Server).noneThere},
	{title("look for old data"), 3, false, (*Server).lookForOldData},
	{title("look for the (old|kept) data"), 1, false, (*Server).gone},
	{title("see whether the unit runs"), 1, false, (*Server).isActive},

	{title("make .*"), 2, true, (*Server).makeFolder},
	{title("delete the old data"), 2, true, (*Server).deleteOldData},
	{title("delete the unfinished copy"), -1, true, (*Server).deleteCopy},
	{title("delete .*"), 2, true, (*Server).deleteFolder},
	{title("swap the data folders"), 7, true, (*Server).swap},
	{title("put the old data back"), 5, true, (*Server).unswap},
	{title("put the old data back"), 3, true, (*Server).finishUnswap},
	{title("put the replica's data in place again"), 5, true, (*Server).swapAgain},
	{title("stop the job .*"), 4, true, (*Server).nothing},
	{title("(start|restart) .*"), 3, true, (*Server).startUnit},
	{title("stop .*"), 1, true, (*Server).stopUnit},
}
