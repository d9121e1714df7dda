package ops

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/plan"
)

// UsageError says that what was asked for makes no sense, with the inventory at hand. No server was contacted.
type UsageError struct {
	Text string
	Fix  string // the next step for the user
}

func (e *UsageError) Error() string { return e.Text }

// Hint is the next step for the user.
func (e *UsageError) Hint() string { return e.Fix }

func usage(fix, format string, args ...any) error {
	return &UsageError{Text: fmt.Sprintf(format, args...), Fix: fix}
}

// Refused says that the servers are in a state in which the command will not be run. Nothing was changed.
type Refused struct {
	Text string
	Fix  string
}

func (e *Refused) Error() string { return e.Text }

// Hint is the next step for the user.
func (e *Refused) Hint() string { return e.Fix }

func refuse(fix, format string, args ...any) error {
	return &Refused{Text: fmt.Sprintf(format, args...), Fix: fix}
}

// declined is a refusal for what an engine cannot do, with the next step that its error names.
func declined(err error) error { return refuse(HintOf(err), "%v", err) }

// Unhealthy says that what was asked about is not healthy, not equal, not ready or not in time.
type Unhealthy struct {
	Text string
	Fix  string
}

func (e *Unhealthy) Error() string { return e.Text }

// Hint is the next step for the user.
func (e *Unhealthy) Hint() string { return e.Fix }

// Failed says that a plan was begun and did not come to its end.
type Failed struct{ Outcome plan.Outcome }

func (e *Failed) Error() string { return e.Outcome.Err.Error() }
func (e *Failed) Unwrap() error { return e.Outcome.Err }

// Hint is the next step for the user, where the error itself does not say it.
func (e *Failed) Hint() string {
	if _, says := errors.AsType[*plan.Detached](e.Outcome.Err); says || e.Outcome.RolledBack {
		return ""
	}
	return "run the same command again: it continues"
}

// Missed says that app servers did not take their variables.
type Missed struct {
	Databases bool        // there was something to do with databases, and that is done
	Apps      []string    // those of the servers
	Servers   []AppServer // those that failed
}

func (e *Missed) Error() string {
	var lines []string
	for _, reason := range e.reasons() {
		var names []string
		for _, s := range e.Servers {
			if s.Error == reason {
				names = append(names, s.Server)
			}
		}
		lines = append(lines, few(names)+": "+reason)
	}
	text := fmt.Sprintf("%s did not take the variables: %s", count(len(e.Servers), "app server"), strings.Join(lines, "\n"))
	if e.Databases {
		text = "the databases are done, but " + text
	}
	return text
}

// reasons are why servers failed, each once.
func (e *Missed) reasons() []string {
	var reasons []string
	for _, s := range e.Servers {
		if !slices.Contains(reasons, s.Error) {
			reasons = append(reasons, s.Error)
		}
	}
	return reasons
}

// Hint is the next step for the user.
func (e *Missed) Hint() string {
	return "once that is mended: belt env push " + strings.Join(e.Apps, ", belt env push ")
}

// count is "1 server", "2 servers".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
