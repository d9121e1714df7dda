package job

import (
	"fmt"
	"strings"
)

// FailedError says that a job did not end well.
type FailedError struct {
	Server string
	ID     string
	Title  string
	State  State  // Failed, Stopped, Dead or Missing
	Code   int    // the exit code, when Failed
	Log    string // the last lines of its output
}

func (e *FailedError) Error() string {
	var what string
	switch e.State {
	case Failed:
		what = fmt.Sprintf("exit code %d", e.Code)
		if e.Code > 128 {
			what += fmt.Sprintf(" (ended by signal %d)", e.Code-128)
		}
	case Stopped:
		what = "was stopped"
	case Missing:
		what = "its folder is gone: another run removed it"
	default:
		what = "ended without a word: the server restarted, ran out of memory, or it was killed"
	}
	text := fmt.Sprintf("%s: %s: %s", e.Server, e.Title, what)
	if e.Log != "" {
		text += "; its last output:\n  " + strings.ReplaceAll(e.Log, "\n", "\n  ")
	}
	return text
}
