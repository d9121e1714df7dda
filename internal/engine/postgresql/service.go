package postgresql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// errNotYet is what until returns when the state did not come about in time.
var errNotYet = errors.New("not in time")

// until polls cond, ever more slowly, until it holds, fails, or patience is over.
func until(ctx context.Context, patience time.Duration, cond func(context.Context) (bool, error)) error {
	deadline := time.Now().Add(patience)
	pause := 20 * time.Millisecond
	for {
		ok, err := cond(ctx)
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w (%s)", errNotYet, patience)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
		pause = min(pause*3/2, 500*time.Millisecond)
	}
}

// logFile is where Debian has the cluster's log; empty elsewhere.
func (p place) logFile() string {
	if p.Cluster == "" {
		return ""
	}
	return fmt.Sprintf("/var/log/postgresql/postgresql-%d-%s.log", p.Version, p.Cluster)
}

// startService starts or restarts an instance and waits until it answers.
func startService(ctx context.Context, f replication.Facts, verb string) error {
	n := nativeOf(f)
	if _, err := f.Node.Runner.Run(ctx, asRoot(verb+" "+n.Service, startScript, n.Service, verb, n.logFile())); err != nil {
		return err
	}
	return answers(ctx, f, time.Minute)
}

// startIfDown starts an instance that does not answer.
func startIfDown(ctx context.Context, f replication.Facts) error {
	if _, err := ask(ctx, f, "see whether PostgreSQL answers", "SELECT 1"); err == nil {
		return nil
	}
	return startService(ctx, f, "start")
}

// answers waits until the instance takes connections.
func answers(ctx context.Context, f replication.Facts, patience time.Duration) error {
	var last error
	err := until(ctx, patience, func(ctx context.Context) (bool, error) {
		_, last = ask(ctx, f, "see whether PostgreSQL answers", "SELECT 1")
		return last == nil, ctx.Err()
	})
	if err != nil && last != nil {
		return fmt.Errorf("%s: PostgreSQL does not answer after its start: %w", f.Node.Label, last)
	}
	return err
}

// stopService stops an instance; one that does not run is no error.
func stopService(ctx context.Context, f replication.Facts) error {
	n := nativeOf(f)
	_, err := f.Node.Runner.Run(ctx, asRoot("stop "+n.Service, `systemctl stop "$1"`, n.Service))
	return err
}

// reload makes the instance read its files again, and returns when it has: new sessions then see the new values.
func reload(ctx context.Context, f replication.Facts) error {
	loaded := "SELECT extract(epoch FROM pg_conf_load_time())"
	before, err := ask(ctx, f, "read when the settings were loaded", loaded)
	if err != nil {
		return err
	}
	if err := change(ctx, f, "reload the settings", "SELECT pg_reload_conf()"); err != nil {
		return err
	}
	err = until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
		now, err := ask(ctx, f, "read when the settings were loaded", loaded)
		return now != before, err
	})
	if err != nil {
		return fmt.Errorf("%s: waiting for PostgreSQL to read its settings: %w", f.Node.Label, err)
	}
	return nil
}

// quiet is a Progress for work that has nothing to tell.
func quiet(int64, int64, string) {}

var _ plan.Progress = quiet
