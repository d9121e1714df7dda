package mysql

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/dbbelt/belt/internal/engine/mysql/gtid"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Chains: a replica of Belt's logs what it applies, and so feeds replicas of its own. Accounts are data and are made where
// writes are taken; options and binary logs are each server's own.
func (e *Engine) Chains() bool { return true }

// writable is the server where data is changed for the replica.
func (m making) writable() replication.Facts {
	if m.Chained {
		return m.Top
	}
	return m.primary
}

// position is the server whose changes the replica is to have.
func (m making) position() replication.Facts {
	if m.Chained && m.Top.Running {
		return m.Top
	}
	return m.primary
}

// logInSoon is logIn that leaves the account some time to come by replication.
func (m making) logInSoon(ctx context.Context) error {
	var last error
	err := replica.Until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
		last = m.logIn(ctx)
		return last == nil, ctx.Err()
	})
	if err != nil && last != nil {
		return last
	}
	return err
}

// chainLeftovers are the runs that the replicas know for replicas of theirs, and that did not end.
func chainLeftovers(t replication.Topology) []replication.Leftover {
	var out []replication.Leftover
	for _, r := range t.Replicas {
		out = append(out, replica.BegunLeftovers(t.Target, nativeOf(r.Facts).Notes)...)
	}
	return out
}

// optionsOf are the texts of Belt's file on a server that feeds replicas: what these need, and what makes it a replica where it
// is one itself.
func optionsOf(f replication.Facts, needed saved) map[string]string {
	out := map[string]string{}
	if f.Replica {
		maps.Copy(out, nativeOf(f).written().Options)
	}
	maps.Copy(out, needed.texts())
	return out
}

// changePlugin loads or unloads a plug-in. A replica is read-only for administrators, too, and is so again a moment later.
func changePlugin(ctx context.Context, f replication.Facts, title, sql string) error {
	if f.Replica && nativeOf(f).has(superReadOnly) {
		sql = "SET GLOBAL super_read_only = OFF;\n" + sql + ";\nSET GLOBAL super_read_only = ON"
	}
	return changeHere(ctx, f, title, sql)
}

// within is the position of a copy of a replica: that in its binary log, and for domains of which that knows nothing what its
// data says that it had replicated by then.
func within(logged, data string) (string, error) {
	at, err := gtid.ParsePosition(logged)
	if err != nil {
		return "", err
	}
	had, err := gtid.ParsePosition(data)
	if err != nil {
		return "", err
	}
	for _, g := range had {
		if at.Sequence(g.Domain) == 0 {
			at = append(at, g)
		}
	}
	return at.String(), nil
}

// upstream are the ids under which changes come to a server that is itself a replica: beyond what it had when it was asked, a
// replica of it may have some that it got a moment later.
func (n *native) upstream() (ids []uint32, uuids []string) {
	for _, c := range n.Channels {
		uuids = append(uuids, c.SourceUUID)
	}
	if len(n.Channels) == 0 {
		return nil, nil
	}
	at, err := gtid.ParsePosition(n.SlavePos)
	if err != nil {
		return nil, uuids
	}
	for _, g := range at {
		ids = append(ids, g.Server)
	}
	return ids, uuids
}

// forgetAccount drops the replica's account.
func (m making) forgetAccount() plan.Step {
	return m.Step(plan.Step{
		ID: "account", Server: m.writable().Node.Label, Title: "drop account " + m.Name, Commands: []string{"DROP USER " + quoted(m.Name) + "@…"},
		Undo: plan.Permanent("the replica is a server of its own now; enable makes it new"),
		Done: func(ctx context.Context) (bool, error) {
			out, err := ask(ctx, m.writable(), "look for "+m.Name, "SELECT COUNT(*) FROM mysql.user WHERE user = "+quoted(m.Name))
			return out == "0", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.dropAccount(ctx) },
	})
}

// sourceCatchesUp stops a replica that comes from the primary, and waits until the replica that it is to follow has all that it
// has: MariaDB takes who asks for what is yet to come for one with another history (error 1236).
func (m making) sourceCatchesUp(ctx context.Context) error {
	if err := changeHere(ctx, m.target, "stop the threads", m.tn.words(stopThreads)); err != nil {
		return err
	}
	goal, err := ask(ctx, m.target, "read how far it applied", m.engine.flavour.appliedSQL())
	if err != nil {
		return err
	}
	err = replica.Until(ctx, followPatience, func(ctx context.Context) (bool, error) {
		now, err := ask(ctx, m.primary, "read how far it applied", m.engine.flavour.appliedSQL())
		if err != nil {
			return false, err
		}
		return m.engine.flavour.reached(now, goal)
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: does not come to %s, where %s is: %w", m.From(), goal, m.To(), err)
	}
	return err
}

// mark sees to it that the source's binary log has something from before the copy: where a new log begins with a later change,
// MariaDB takes what is not in it for lost (ER_GTID_START_FROM_BINLOG_HOLE). Making an account does that as well.
func (m making) mark() plan.Step {
	const sql = "FLUSH PRIVILEGES"
	return m.Step(plan.Step{
		ID: "mark", Server: m.TopLabel(), Title: "log something that comes to " + m.From() + " before the copy", Commands: []string{sql},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := change(ctx, m.Top, "log something", sql); err != nil {
				return err
			}
			goal, err := ask(ctx, m.Top, "read the position", m.engine.flavour.positionSQL())
			if err != nil {
				return err
			}
			return replica.Until(ctx, followPatience, func(ctx context.Context) (bool, error) {
				now, err := ask(ctx, m.primary, "read how far it applied", m.engine.flavour.positionSQL())
				if err != nil {
					return false, err
				}
				return m.engine.flavour.reached(now, goal)
			})
		},
		Undo: plan.NoEffect("nothing: it changes nothing"),
	})
}
