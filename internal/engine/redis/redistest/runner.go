package redistest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
)

// runner is the way to a server.
type runner struct {
	server *Server
	label  string
}

func (r *runner) Server() string { return r.label }

// call is one command as a server gets it.
type call struct {
	remote.Command
	input string
}

// failure is a script's complaint.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }

func fails(format string, args ...any) error { return &failure{fmt.Sprintf(format, args...)} }

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
		return remote.Result{Code: -1}, &remote.UnreachableError{Server: r.label, Addr: s.External, Err: fmt.Errorf("no route to host")}
	}
	out, err := s.dispatch(title, c)
	w.settle()
	if cmd.Stdout != nil {
		if _, werr := io.WriteString(cmd.Stdout, out); werr != nil {
			return remote.Result{Code: -1}, werr
		}
		out = ""
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return remote.Result{Stdout: out, Stderr: f.text, Code: 1}, &remote.ExitError{Server: r.label, Title: title, Code: 1, Stderr: f.text}
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
	if strings.Contains(c.Script, "# Runs the client program") {
		return s.talk(c)
	}
	for _, known := range scripts {
		if !known.title.MatchString(title) || known.args >= 0 && known.args != len(c.Args) {
			continue
		}
		if known.writes == c.ReadOnly {
			s.world.t.Errorf("%s: %q: read-only is %v", s.key(), title, c.ReadOnly)
		}
		return known.do(s, c)
	}
	s.world.t.Errorf("%s: a command that this world does not know: %q with %q\n%s", s.key(), title, c.Args, c.Script)
	return "", fails("unknown command %q", title)
}

func title(pattern string) *regexp.Regexp { return regexp.MustCompile("^" + pattern + "$") }

// scripts are all of Belt's for Redis, and those of the packages below it.
var scripts = []script{
	{title("inspect (Redis|Valkey)"), 6, false, (*Server).inspect},
	{title("knock at the primary's port"), 4, false, (*Server).knock},
	{title("log in to .*"), 6, false, (*Server).login},
	{title("rehearse a restart"), 6, true, (*Server).rehearse},
	{title("read the configuration"), 1, false, func(s *Server, c call) (string, error) {
		return strings.Join(s.directives(c.Args[0]), "\n") + "\n", nil
	}},
	{title("look for the user"), 2, false, (*Server).lookForUser},

	{title("note .*"), 1, true, (*Server).note},
	{title("note .*"), 2, true, (*Server).noteWord},
	{title("write .*"), 6, true, (*Server).writeFile},
	{title("read the noted (settings|buffers)"), 1, false, (*Server).showNotes},
	{title("read the certificate"), 2, false, (*Server).show},
	{title("look which run put the data in place"), 1, false, (*Server).show},
	{title("read /.*"), 1, false, (*Server).readFile},
	{title("look for old data"), -1, false, func(s *Server, c call) (string, error) {
		if s.has(s.rdb()) {
			return "there\n", nil
		}
		return "", nil
	}},
	{title("remove belt's files"), -1, true, func(s *Server, c call) (string, error) {
		s.remove(c.Args[0])
		return s.removeFiles(c)
	}},
	{title("remove belt's notes"), -1, true, (*Server).removeFiles},
	{title("remove the certificate"), 3, true, (*Server).removeFiles},
	{title("remove certificates"), 2, true, (*Server).removeUnused},
	{title("make .*"), 3, true, (*Server).nothing},
	{title("make .*"), 2, true, (*Server).nothing},
	{title("look for a certificate"), 2, false, (*Server).bothThere},
	{title("look whether .* is there"), 1, false, (*Server).there},
	{title("look for what the run made"), 2, false, (*Server).eitherThere},
	{title("look for what is to be removed"), -1, false, (*Server).removed},
	{title("look for the (old|kept) data"), 1, false, (*Server).gone},

	{title("keep the old data aside"), -1, true, (*Server).aside},
	{title("put the backup in place"), -1, true, (*Server).putBackup},
	{title("mark the copy complete"), 1, true, func(s *Server, c call) (string, error) { return s.put(c.Args[0]+".complete", "") }},
	{title("put the old data back"), -1, true, (*Server).putBack},
	{title("put the replica's data in place again"), -1, true, (*Server).putAgain},
	{title("delete the unfinished copy"), 2, true, func(s *Server, c call) (string, error) {
		s.remove(c.Args[1])
		delete(s.files, c.Args[1]+".complete")
		return "", nil
	}},
	{title("stop the job .*"), -1, true, (*Server).nothing},
	{title("delete .*"), 2, true, (*Server).deleteFolder},
	{title("(let|remove what let) .*"), 1, true, (*Server).patience},

	{title("(re)?start .*"), -1, true, (*Server).startUnit},
	{title("stop .*"), 1, true, func(s *Server, _ call) (string, error) { s.stop(); return "", nil }},
	{title("look at the service"), 1, false, (*Server).nothing},
	{title("measure the copy"), 3, false, (*Server).nothing},
	{title("measure the log"), 1, false, func(*Server, call) (string, error) { return "0\n", nil }},
	{title("read the log"), 3, false, (*Server).readLog},
}
