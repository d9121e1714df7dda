package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/engine/mysql/gtid"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// positionSQL is where the primary's log ends.
func (f flavour) positionSQL() string {
	if f == mariaDB {
		return "SELECT @@GLOBAL.gtid_binlog_pos"
	}
	return "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')"
}

// appliedSQL is up to where a replica has applied.
func (f flavour) appliedSQL() string {
	if f == mariaDB {
		return "SELECT @@GLOBAL.gtid_slave_pos"
	}
	return f.positionSQL()
}

// reached tells whether a replica at a position has all of a goal.
func (f flavour) reached(at, goal string) (bool, error) {
	if f == mariaDB {
		a, err1 := gtid.ParsePosition(at)
		g, err2 := gtid.ParsePosition(goal)
		return a.Has(g), errors.Join(err1, err2)
	}
	a, err1 := gtid.ParseSet(at)
	g, err2 := gtid.ParseSet(goal)
	return a.Has(g), errors.Join(err1, err2)
}

// prove shows that the replica is one: it has applied all that the primary had at this moment, it follows, it is
// read-only and its options are in force, and it has the primary's databases and accounts, of which one lets Belt in.
func (m making) prove() plan.Step {
	return m.Step(plan.Step{
		ID: "prove", Server: m.To(), Title: "prove it: in sync, read-only, same databases and accounts", Lane: m.To(),
		Commands: []string{
			"on " + m.position().Node.Label + ": " + m.engine.flavour.positionSQL(),
			"on " + m.To() + ": " + m.engine.flavour.appliedSQL() + "; " + m.tn.words(showReplica),
		},
		Do:   func(ctx context.Context, report plan.Progress) error { return m.proveReplica(ctx, report) },
		Undo: plan.NoEffect("nothing: it only looks"),
	})
}

func (m making) proveReplica(ctx context.Context, report plan.Progress) error {
	if err := optionsHold(ctx, m.target, m.replicaOptions()); err != nil {
		return err
	}
	if err := m.refusesWrites(ctx); err != nil {
		return err
	}
	var there, here string
	err := replica.Until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
		primary, err := askAll(ctx, m.position(), "read the primary's state", m.engine.flavour.positionSQL(), contentSQL)
		if err != nil {
			return false, err
		}
		if err := m.applied(ctx, primary[0], report); err != nil {
			return false, err
		}
		there = primary[1]
		if here, err = ask(ctx, m.target, "read the replica's state", contentSQL); err != nil {
			return false, err
		}
		return there == here, nil // under DDL the two may differ for a moment
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: its databases and accounts differ from those of %s: %s, not %s", m.To(), m.position().Node.Label, here, there)
	}
	return err
}

// contentSQL counts what a server is made of.
const contentSQL = "SELECT CONCAT_WS(' ', (SELECT SHA2(GROUP_CONCAT(schema_name ORDER BY schema_name), 256) FROM information_schema.schemata), " +
	"(SELECT COUNT(*) FROM mysql.user), (SELECT COUNT(*) FROM information_schema.events))"

// catchUp waits until the replica has applied what the primary has logged now.
func (m making) catchUp(ctx context.Context, report plan.Progress) error {
	goal, err := ask(ctx, m.position(), "read the position", m.engine.flavour.positionSQL())
	if err != nil {
		return err
	}
	return m.applied(ctx, goal, report)
}

// applied waits until the replica has applied up to goal. It may take its time, as long as it moves.
func (m making) applied(ctx context.Context, goal string, report plan.Progress) error {
	last, since := "", time.Now()
	return replica.Until(ctx, 24*time.Hour, func(ctx context.Context) (bool, error) {
		now, err := ask(ctx, m.target, "read how far it applied", m.engine.flavour.appliedSQL())
		if err != nil {
			return false, err
		}
		if ok, err := m.engine.flavour.reached(now, goal); ok || err != nil {
			return ok, err
		}
		c, err := m.channels(ctx)
		if err != nil {
			return false, err
		}
		if len(c) == 0 || c[0].ApplyErrno != 0 || gone(c[0].ReadErrno) || c[0].Reading == "No" || c[0].Applying == "No" {
			what := "it follows nothing"
			if len(c) > 0 {
				what = complaint(c[0]) + m.advice(c[0])
			}
			return false, fmt.Errorf("%s: it stopped at %s: %s", m.To(), now, what)
		}
		report(0, 0, "catching up"+secondsBehind(c[0]))
		state := fmt.Sprint(now, c[0].ExecFile, c[0].ExecPosition, c[0].Position)
		if state != last {
			last, since = state, time.Now()
		}
		if time.Since(since) > followPatience && c[0].Behind == "NULL" {
			return false, fmt.Errorf("%s: stands at %s and does not come to %s: %s", m.To(), now, goal, complaint(c[0]))
		}
		return false, nil
	})
}

func secondsBehind(c channel) string {
	if c.Behind == "" || c.Behind == "NULL" || c.Behind == "0" {
		return ""
	}
	return ": " + c.Behind + " s behind"
}

// refusesWrites tries to write. MariaDB lets administrators write to a server that is read-only, and Belt is one; there
// the setting has to do.
func (m making) refusesWrites(ctx context.Context) error {
	if !m.tn.has(superReadOnly) {
		return nil
	}
	err := changeHere(ctx, m.target, "try to write on the replica", "CREATE DATABASE belt_must_not_be; DROP DATABASE belt_must_not_be;")
	var exit *remote.ExitError
	switch {
	case err == nil:
		return fmt.Errorf("%s: it takes writes, so it is no replica", m.To())
	case errors.As(err, &exit) && strings.Contains(exit.Stderr, "1290"):
		return nil
	default:
		return err
	}
}
