package job

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// State is what has become of a job.
type State string

// The states of a job.
const (
	Missing State = "missing" // there is no such job
	Running State = "running"
	Done    State = "done"    // ended with code 0
	Failed  State = "failed"  // ended with another code
	Stopped State = "stopped" // ended by Stop
	Dead    State = "dead"    // gone without a word: the server restarted, it ran out of memory, kill -9
)

// Status is what a server knows about a job.
type Status struct {
	ID      string
	Title   string
	State   State
	Code    int       // the exit code, when Failed
	Started time.Time // by the server's clock
	Progress
}

// Progress is how far a job says it is.
type Progress struct {
	Done  int64 // bytes
	Total int64 // bytes, 0 when unknown
	Note  string
}

// List returns the jobs on a server, running or ended. It only reads.
func List(ctx context.Context, r remote.Runner, opts ...Option) ([]Status, error) {
	res, err := At(r, "", opts...).at.run(ctx, call{script: listSh, reads: true, title: "list the jobs"})
	if err != nil {
		return nil, err
	}
	var out []Status
	for line := range strings.Lines(res.Stdout) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 5)
		if len(f) != 5 {
			return nil, fmt.Errorf("%s: list the jobs: unexpected line %q", r.Server(), line)
		}
		s := Status{ID: f[0], Title: f[4]}
		s.State, s.Code = parseState(f[1])
		if sec, err := strconv.ParseInt(f[2], 10, 64); err == nil {
			s.Started = time.Unix(sec, 0)
		}
		s.Progress, _ = parseProgress(f[3])
		out = append(out, s)
	}
	return out, nil
}

// parseState reads what the function state of sh/lib.sh prints.
func parseState(s string) (State, int) {
	code, ended := strings.CutPrefix(s, "exit-")
	if !ended {
		return State(s), 0
	}
	n, err := strconv.Atoi(code)
	switch {
	case err != nil:
		return Dead, 0
	case n == 0:
		return Done, 0
	}
	return Failed, n
}

// parseProgress reads "DONE TOTAL NOTE".
func parseProgress(line string) (Progress, bool) {
	done, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	total, note, _ := strings.Cut(rest, " ")
	d, err1 := strconv.ParseInt(done, 10, 64)
	t, err2 := strconv.ParseInt(total, 10, 64)
	return Progress{d, t, strings.TrimSpace(note)}, err1 == nil && err2 == nil
}
