package replica

import (
	"context"
	"fmt"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Instance is one database instance on its server, as far as the steps that all engines share have to know it.
type Instance struct {
	Facts   replication.Facts
	Name    string // under which Belt keeps things for it on its server: "postgresql-5432"
	Product string // in messages: "PostgreSQL"
	Unit    string // the systemd unit
	DataDir string // resolved: no symbolic link
	Owner   string // the system user that the instance runs as
	Log     string // a log file to quote from when it does not start, beside the journal; may be empty
	Used    int64  // bytes that the data folder takes on disk; 0 when it was not measured
	Notes   Notes

	// Answers returns nil when the instance takes connections, else why it does not.
	Answers func(context.Context) error
}

// Runner is the way to the instance's server.
func (i Instance) Runner() remote.Runner { return i.Facts.Node.Runner }

// Label is the server's name in messages.
func (i Instance) Label() string { return i.Facts.Node.Label }

// StateFile is the note of that kind about the instance.
func (i Instance) StateFile(kind string) string { return StateFile(i.Name, kind) }

// Start starts or restarts the instance, and waits until it answers. verb is "start" or "restart".
func (i Instance) Start(ctx context.Context, verb string) error {
	if err := i.Launch(ctx, verb); err != nil {
		return err
	}
	return i.AwaitAnswer(ctx, time.Minute)
}

// RestartPrimary is Start of a primary that has to restart: how long nobody could use it is told with the step's end.
func (i Instance) RestartPrimary(ctx context.Context, report plan.Progress) error {
	report(0, 0, "restarting "+i.Product)
	begun := time.Now()
	if err := i.Start(ctx, "restart"); err != nil {
		return err
	}
	plan.Remark(ctx, "%s answered again after %.1f s", i.Label(), time.Since(begun).Seconds())
	return nil
}

// Launch is Start that leaves it to the caller to see whether the instance answers.
func (i Instance) Launch(ctx context.Context, verb string) error {
	_, err := i.Runner().Run(ctx, AsRoot(verb+" "+i.Unit, UnitScript+startScript, i.Unit, verb, i.Log))
	return err
}

// AwaitAnswer waits until the instance takes connections.
func (i Instance) AwaitAnswer(ctx context.Context, patience time.Duration) error {
	var last error
	err := Until(ctx, patience, func(ctx context.Context) (bool, error) {
		last = i.Answers(ctx)
		return last == nil, ctx.Err()
	})
	if err != nil && last != nil {
		return fmt.Errorf("%s: %s does not answer after its start: %w", i.Label(), i.Product, last)
	}
	return err
}

// StartIfDown starts an instance that does not answer.
func (i Instance) StartIfDown(ctx context.Context) error {
	if i.Answers(ctx) == nil {
		return nil
	}
	return i.Start(ctx, "start")
}

// Stop stops the instance; one that does not run is no error.
func (i Instance) Stop(ctx context.Context) error {
	_, err := i.Runner().Run(ctx, AsRoot("stop "+i.Unit, UnitScript+`stop_unit "$1"`, i.Unit))
	return err
}

// Renew stops the instance, runs a script of the engine's and starts it again, in one command: a connection that breaks does
// not leave it stopped. The script finds its arguments from $2 on.
func (i Instance) Renew(ctx context.Context, title, script string, args ...string) error {
	cmd := AsRoot(title, UnitScript+"set -e\nstop_unit \"$1\"\n"+script+"\nstart_unit \"$1\"", append([]string{i.Unit}, args...)...)
	if _, err := i.Runner().Run(ctx, cmd); err != nil {
		return err
	}
	return i.AwaitAnswer(ctx, time.Minute)
}

// Seen tells whether a path is there on the instance's server.
func (i Instance) Seen(ctx context.Context, file string) (bool, error) {
	return seen(ctx, i.Runner(), file)
}
