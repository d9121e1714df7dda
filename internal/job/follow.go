package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// How often the server is asked.
const (
	pace       = 500 * time.Millisecond // at most twice a second
	firstRetry = 500 * time.Millisecond
	lastRetry  = 15 * time.Second
	stuck      = time.Minute // beyond the wait that was asked for, an answer is overdue
)

// Follow waits for the job's end and tells how far it is. onProgress may be nil.
//
// It returns nil when the job ended well, and a *FailedError when it failed, died or was stopped. A broken connection
// is made again; when that does not succeed for the time of [Patience], or ctx ended because a connection was lost, it
// returns a *plan.Detached, for the work goes on; so it does when the terminal was closed. When ctx ended for another reason it returns that: the job runs on
// until it is stopped.
func (j *Job) Follow(ctx context.Context, onProgress func(done, total int64, note string)) error {
	if err := validName("job", j.ID); err != nil {
		return err
	}
	if onProgress == nil {
		onProgress = func(int64, int64, string) {}
	}
	var seen look
	var reported Progress
	contact, retry := time.Now(), firstRetry
	for {
		begun := time.Now()
		now, err := j.look(ctx, seen.progress)
		switch {
		case ctx.Err() != nil:
			return j.ended(ctx)
		case err == nil:
			contact, retry = time.Now(), firstRetry
			seen = now
			if p, ok := parseProgress(now.progress); ok && p != reported {
				reported = p
				onProgress(p.Done, p.Total, p.Note)
			}
			if now.state != Running {
				return j.outcome(now)
			}
			if sleep(ctx, pace-time.Since(begun)) != nil {
				return j.ended(ctx)
			}
		case !unreachable(err):
			return err
		case time.Since(contact) > j.at.patience || isHostKey(err):
			return j.detached(err)
		default:
			onProgress(reported.Done, reported.Total, "connection lost, the work goes on; trying to reach "+j.at.runner.Server()+" again")
			reported.Note = "" // so that the next note is told again
			if sleep(ctx, retry) != nil {
				return j.ended(ctx)
			}
			retry = min(2*retry, lastRetry)
		}
	}
}

// Status asks once. A job that is not there is Missing.
func (j *Job) Status(ctx context.Context) (Status, error) {
	if err := validName("job", j.ID); err != nil {
		return Status{}, err
	}
	all, err := List(ctx, j.at.runner, In(j.at.base))
	if err != nil {
		return Status{}, err
	}
	for _, s := range all {
		if s.ID == j.ID {
			return s, nil
		}
	}
	return Status{ID: j.ID, Title: j.Title, State: Missing}, nil
}

// look is what look.sh prints.
type look struct {
	state    State
	code     int
	progress string
	log      string
}

// look returns when the progress is no longer the one last seen, the job has ended, or the wait is over.
func (j *Job) look(ctx context.Context, seen string) (look, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, j.at.wait+stuck, errOverdue)
	defer cancel()
	res, err := j.at.run(ctx, call{
		script: lookSh, args: []string{j.ID, seen, seconds(j.at.wait)}, reads: true,
		title: "follow the job " + j.ID,
	})
	if err != nil {
		if errors.Is(context.Cause(ctx), errOverdue) {
			err = &remote.LostError{Server: j.at.runner.Server(), Title: "follow the job " + j.ID, Err: errOverdue}
		}
		return look{}, err
	}
	state, rest, _ := strings.Cut(res.Stdout, "\n")
	progress, log, _ := strings.Cut(rest, "\n")
	l := look{progress: progress, log: strings.ToValidUTF8(strings.TrimSpace(log), "")}
	l.state, l.code = parseState(state)
	return l, nil
}

var errOverdue = errors.New("no answer")

func (j *Job) outcome(l look) error {
	if l.state == Done {
		return nil
	}
	return &FailedError{Server: j.at.runner.Server(), ID: j.ID, Title: j.Title, State: l.state, Code: l.code, Log: l.log}
}

// ended says what the end of ctx means for a job that runs on.
func (j *Job) ended(ctx context.Context) error {
	if cause := context.Cause(ctx); unreachable(cause) || errors.Is(cause, plan.ErrHangup) {
		return j.detached(cause)
	}
	return context.Cause(ctx)
}

func (j *Job) detached(err error) error {
	return &plan.Detached{What: fmt.Sprintf("%s: goes on by itself on %s", j.Title, j.at.runner.Server()), Err: err}
}

// unreachable tells whether err leaves open what the job does.
func unreachable(err error) bool {
	_, lost := errors.AsType[*remote.LostError](err)
	_, down := errors.AsType[*remote.UnreachableError](err)
	_, login := errors.AsType[*remote.LoginError](err) // a server that is starting refuses logins
	return lost || down || login || isHostKey(err)
}

func isHostKey(err error) bool {
	_, is := errors.AsType[*remote.HostKeyError](err)
	return is
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
