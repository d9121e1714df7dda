package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/internal/ui"
	"github.com/dbbelt/belt/pkg/plan"
)

// failure is the document of a command that has nothing else to say.
type failure struct {
	Version  int    `json:"version"`
	Command  string `json:"command"`
	ExitCode int    `json:"exit_code"`
	Error    string `json:"error"`
	Hint     string `json:"hint"`
	Trace    string `json:"trace,omitempty"`
}

// finish prints how the command ended, and returns its exit code.
func (b *belt) finish(cmd *cobra.Command, err error) int {
	if err == nil && b.unprinted != nil {
		err = b.unprinted
	}
	code := exitCode(err)
	if err == nil {
		return code
	}
	screen := b.screen()
	trace := ""
	if code == exitRolledBack || code == exitLeft || code == exitUnreachable {
		trace = b.trace
	}
	if b.wantsJSON() && !b.printed {
		b.document(b.closing(cmd, err, code, trace))
	}
	var outcome *plan.Outcome
	if failed, ok := errors.AsType[*ops.Failed](err); ok {
		outcome = &failed.Outcome
	}
	if trace != "" {
		err = &traced{err, trace}
	}
	screen.Failure(err, outcome)
	return code
}

// traced adds to an error where everything that was run is written down.
type traced struct {
	err  error
	file string
}

func (e *traced) Error() string { return e.err.Error() }
func (e *traced) Unwrap() error { return e.err }

// Trace names the file.
func (e *traced) Trace() string { return e.file }

// closing is the document with which a failed command ends: that of changing commands has the steps as well.
func (b *belt) closing(cmd *cobra.Command, err error, code int, trace string) any {
	f := failure{Version: 1, ExitCode: code, Error: err.Error(), Hint: ui.Hint(err), Trace: trace}
	if cmd != nil {
		f.Command = commandName(cmd)
	}
	ended, ok := errors.AsType[*resultError](err)
	switch {
	case ok:
	case cmd != nil && cmd.Flags().Lookup("dry-run") != nil:
		target := ""
		if args := cmd.Flags().Args(); len(args) > 0 {
			target = args[0]
		}
		ended = &resultError{result: ops.NewResult(f.Command, target)}
	default:
		return f
	}
	r := ended.result
	r.ExitCode, r.Error, r.Hint = f.ExitCode, f.Error, f.Hint
	if failed, ok := errors.AsType[*ops.Failed](err); ok && failed.Outcome.RolledBack {
		r.Error += "; rolled back: everything is as it was before"
	}
	return r
}

// wantsJSON also serves errors that come before the flags are read.
func (b *belt) wantsJSON() bool {
	if b.flags.json() || b.getenv("BELT_OUTPUT") == "json" {
		return true
	}
	for i, arg := range b.args {
		if slices.Contains([]string{"-ojson", "-o=json", "--output=json"}, arg) {
			return true
		}
		if (arg == "-o" || arg == "--output") && i+1 < len(b.args) && b.args[i+1] == "json" {
			return true
		}
	}
	return false
}

// document prints the one document of this command.
func (b *belt) document(v any) {
	b.printed = true
	b.print(b.screen().Document(v))
}

// say prints lines of a text result.
func (b *belt) say(lines ...string) {
	if len(lines) > 0 {
		b.print(b.screen().Print("%s\n", strings.Join(lines, "\n")))
	}
}
