// Package job runs long work on a server, detached from the connection that started it.
//
// A copy of ten hours must not end because a laptop was closed. So [Start] hands the work to the server, as a systemd
// unit or, where systemd does not run, as a session of its own; [Job.Follow] watches it; and whoever starts the same
// work again, from whichever machine, is attached to what runs already. What is known about a job lies in a folder on
// the server (see sh/lib.sh): nothing is remembered elsewhere.
//
// A job's folder stays until [Job.Remove]. Remove it once its result was taken over: a later Start of the same work
// would otherwise find it finished.
package job

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// Spec is the work to do.
type Spec struct {
	// ID names the job on its server, such as "seed.shop.postgresql": of a-z, 0-9, dot, dash and underscore.
	ID string
	// Title says in a few words what it does: "copy the data from db1".
	Title string
	// As is the system user that runs the script; empty for root.
	As string
	// Script is a POSIX sh script. It runs in a folder of its own with LC_ALL=C, umask 077 and no input. It finds Files
	// and Secrets in $BELT_FILES, and tells how far it is by calling progress DONE TOTAL NOTE (bytes, 0 when unknown), or
	// by writing such lines to the file $BELT_PROGRESS. What it leaves running in the background is ended with it.
	Script string
	// Args become $1, $2 …. Never a secret.
	Args []string
	// Files are the inputs by name: readable by the job's user alone, removed when the job ends.
	Files map[string][]byte
	// Secrets are as Files, but do not count when it is asked whether a running job is the same work: a run that attaches
	// may have made itself new ones.
	Secrets map[string][]byte
	// Grace is how long the work has to end when it is stopped, before it is ended by force; 0 for ten seconds.
	Grace time.Duration
}

// Found says in which state [Start] met the job.
type Found string

// What Start can find.
const (
	Begun    Found = "started"  // it was not there, or had failed, and was started
	Attached Found = "attached" // it was running already
	Finished Found = "finished" // it had already ended well
)

// Job is a job on a server.
type Job struct {
	ID    string
	Title string
	Found Found // set by Start

	at place
}

// OtherError says that a job of this name runs, but does something else.
type OtherError struct {
	Server string
	ID     string
}

func (e *OtherError) Error() string {
	return fmt.Sprintf("%s: job %s is running with other inputs", e.Server, e.ID)
}

// Hint is the next step for the user.
func (e *OtherError) Hint() string {
	return "let it end, or repeat the command that started it; belt log on this server tells which"
}

// Start sees to it that the work runs. A job of this ID that runs the same work is attached to, one that ended well is
// reported as such, one that failed, died or was stopped is replaced. One that runs other work is an *OtherError.
func Start(ctx context.Context, r remote.Runner, s Spec, opts ...Option) (*Job, error) {
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Server(), err)
	}
	input, err := s.archive()
	if err != nil {
		return nil, fmt.Errorf("%s: job %s: %w", r.Server(), s.ID, err)
	}
	j := At(r, s.ID, opts...)
	j.Title = s.Title
	if s.Grace > 0 {
		j.at.grace = s.Grace
	}
	res, err := j.at.run(ctx, call{
		script: startSh, args: []string{s.ID, s.hash(), s.As}, stdin: input, title: "start the job " + s.ID,
	})
	if err != nil {
		return nil, err
	}
	switch found := Found(strings.TrimSpace(res.Stdout)); found {
	case Begun, Attached, Finished:
		j.Found = found
		return j, nil
	case "other":
		return nil, &OtherError{Server: r.Server(), ID: s.ID}
	default:
		return nil, fmt.Errorf("%s: start the job %s: unexpected answer %q", r.Server(), s.ID, found)
	}
}

// At is the job of this ID, which may be there or not.
func At(r remote.Runner, id string, opts ...Option) *Job {
	at := place{runner: r, base: DefaultDir, patience: 10 * time.Minute, wait: 10 * time.Second, grace: 10 * time.Second}
	for _, o := range opts {
		o(&at)
	}
	return &Job{ID: id, Title: id, at: at}
}

// Stop ends the job and every process it started, by force where they do not end in their [Spec.Grace], and returns when
// none is left. A job that has ended, or is not there, is no error.
func (j *Job) Stop(ctx context.Context) error { return j.stop(ctx, "keep") }

// Remove stops the job and deletes its folder.
func (j *Job) Remove(ctx context.Context) error { return j.stop(ctx, "remove") }

func (j *Job) stop(ctx context.Context, folder string) error {
	if err := validName("job", j.ID); err != nil {
		return err
	}
	_, err := j.at.run(ctx, call{script: stopSh, args: []string{j.ID, folder}, title: "stop the job " + j.ID})
	return err
}

// Dir is the job's folder on the server, with its current folder, work, and its inputs, files, in it.
func (j *Job) Dir() string { return j.at.base + "/jobs/" + j.ID }
