package postgresql

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

const loadTime = "SELECT extract(epoch FROM pg_conf_load_time())"

// reload runs SQL that changes settings, if any, makes the instance read its files again, and returns when it has: new
// sessions then see the new values. It also brings the answers to the queries given, from after the reload.
func reload(ctx context.Context, f replication.Facts, sql string, queries ...string) ([]string, error) {
	out, err := statement{title: "change and reload the settings", sql: sql + loadTime + ";\nSELECT pg_reload_conf();"}.run(ctx, f)
	if err != nil {
		return nil, err
	}
	before, _, _ := strings.Cut(out, "\n")
	var answers []string
	err = until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
		var err error
		answers, err = askAll(ctx, f, "read the settings back", append([]string{loadTime}, queries...)...)
		return err == nil && answers[0] != before, err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: waiting for PostgreSQL to read its settings: %w", f.Node.Label, err)
	}
	return answers[1:], nil
}

// quiet is a Progress for work that has nothing to tell.
func quiet(int64, int64, string) {}

var _ plan.Progress = quiet
