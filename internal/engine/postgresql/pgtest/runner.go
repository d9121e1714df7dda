package pgtest

import (
	"context"
	"fmt"
	"io"
	"regexp"

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
		return remote.Result{Code: -1}, &remote.UnreachableError{Server: r.label, Addr: s.External, Err: fmt.Errorf("no route to host")}
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
	if statement.MatchString(c.Script) {
		return s.psql(c)
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

// scripts are all of Belt's for PostgreSQL, and those of the packages below it.
var scripts = []script{
	{title("inspect PostgreSQL"), 5, false, (*Server).inspect},
	{title("knock at the primary's port"), 3, false, (*Server).knock},
	{title("log in to .*"), 2, false, (*Server).login},

	{title("change and reload the settings"), 4, true, (*Server).changeAndReload},
	{title("read the copy's settings"), 3, false, (*Server).readCopy},
	{title("make the copy a standby's"), 6, true, (*Server).writeCopy},
	{title("note .*"), 1, true, (*Server).note},
	{title("write .*"), 6, true, (*Server).writeFile},
	{title("read postgresql.auto.conf"), 1, false, (*Server).show},
	{title("read the noted settings"), 1, false, (*Server).showNotes},
	{title("look which run put the data in place"), 1, false, (*Server).show},
	{title("read the certificate"), 1, false, (*Server).show},
	{title("look for what is to be removed"), -1, false, (*Server).removed},
	{title("look for what the run made"), 2, false, (*Server).eitherThere},
	{title("look for a certificate"), 2, false, (*Server).bothThere},
	{title("read /.*"), 1, false, (*Server).readFile},
	{title("remove belt's notes"), -1, true, (*Server).removeFiles},
	{title("remove the (password file|certificate)"), 3, true, (*Server).removeSecrets},
	{title("make .*"), 3, true, (*Server).makeFolder},
	{title("make .*"), 2, true, (*Server).makeFolder},
	{title("edit pg_hba.conf"), -1, true, (*Server).editHBA},

	{title("start the job .*"), 5, true, (*Server).startJob},
	{title("follow the job .*"), 5, false, (*Server).followJob},
	{title("stop the job .*"), 4, true, (*Server).stopJob},
	{title("look whether .* is there"), 1, false, (*Server).there},
	{title("look for the note"), 1, false, (*Server).there},
	{title("look for the copy"), 1, false, (*Server).there},
	{title("delete the unfinished copy"), -1, true, (*Server).deleteCopy},

	{title("look for old data"), 3, false, (*Server).lookForOldData},
	{title("delete the old data"), 2, true, (*Server).deleteOldData},
	{title("swap the data folders"), 9, true, (*Server).swap},
	{title("swap the data folders"), 8, true, (*Server).swap},
	{title("mark the copy complete"), 1, true, (*Server).markComplete},
	{title("put the old data back"), 5, true, (*Server).unswap},
	{title("put the old data back"), 3, true, (*Server).finishUnswap},
	{title("put the replica's data in place again"), 5, true, (*Server).swapAgain},
	{title("look for the (old|kept) data"), 1, false, (*Server).gone},
	{title("look at the data folder"), 1, false, (*Server).standsAlone},
	{title("delete .*"), 2, true, (*Server).deleteFolder},

	{title("fence and stop .*"), 3, true, (*Server).fence},
	{title("start .* as the primary"), 2, true, (*Server).unfence},
	{title("read pg_control"), 2, false, (*Server).showControl},
	{title("start .*"), 3, true, (*Server).startUnit},
	{title("restart .*"), 3, true, (*Server).startUnit},
	{title("stop .*"), 1, true, (*Server).stopUnit},
	{title("measure the log"), 1, false, (*Server).silence},
	{title("read the log"), 2, false, (*Server).readLog},
}
