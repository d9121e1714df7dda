package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// How long writers are held at most, and how long the replica may take to catch up with the old primary by then.
const (
	heldFor       = 60 * time.Second
	drainPatience = 30 * time.Second
)

// ready writes into the old primary's configuration what makes it a replica of the new one: from then on a restart makes it
// that, and it refuses writes.
func (m *promotion) ready() plan.Step {
	f := m.back.followSettings()[0]
	return m.Step(plan.Step{
		ID: "ready", Title: "make it a replica of " + m.Next.Node.Label + " from its next start on",
		Commands: []string{"to " + m.back.tn.dropIn() + ": " + f.Line() + " …", "CONFIG SET …   # what does a primary no harm"},
		Done:     m.closed,
		Do:       func(ctx context.Context, _ plan.Progress) error { return m.readyOld(ctx) },
		Undo: plan.Undoable("put its configuration back", func(ctx context.Context, _ plan.Progress) error {
			return m.reopen(ctx)
		}),
	}, m.Old.Node.Label)
}

// closed tells whether the run that is taken up has made the old primary a replica.
func (m *promotion) closed(ctx context.Context) (bool, error) {
	if !m.Adopt {
		return false, nil
	}
	now, err := info(ctx, m.Old, "look at its role")
	return err == nil && now["role"] == "slave" && now["master_host"] == m.back.Link.Address, ctx.Err()
}

// close ends the writes: it holds them, waits until the replica has all that was taken, and makes the old primary its replica,
// which refuses them.
func (m *promotion) close() plan.Step {
	old, next := m.Old.Node.Label, m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "close", Title: "hold the writes until " + next + " has all, and make it a replica of that", Closes: true,
		Commands: append(m.holding(), "INFO replication (offset reached)", "REPLICAOF "+m.back.Link.Address+" "+fmt.Sprint(m.back.port())),
		Disrupts: fmt.Sprintf("no writes from here until %s takes them: about %d s", next, switchSeconds),
		Done:     m.closed,
		Do: func(ctx context.Context, report plan.Progress) error {
			now, err := info(ctx, m.Next, "look how the replica is doing")
			if err != nil {
				return err
			}
			if now["role"] != "slave" || now["master_link_status"] != "up" {
				return fmt.Errorf("%s: it does not follow %s any more", next, old)
			}
			return m.handOver(ctx, report)
		},
		Undo: plan.Undoable("make it the primary again", func(ctx context.Context, _ plan.Progress) error { return m.reopen(ctx) }),
	}, old)
}

// holding are the commands that hold writes. Scripts of Redis before 7.0 are not asked for the number of replicas, so where
// writes can be paused, they are (CLIENT PAUSE … WRITE, 6.2).
func (m *promotion) holding() []string {
	if m.back.tn.can(pausesWrites) {
		return []string{fmt.Sprintf("CLIENT PAUSE %d WRITE", heldFor.Milliseconds())}
	}
	return []string{"CONFIG SET min-replicas-to-write " + farMore}
}

// readyOld writes into the old primary's files what makes it a replica, and gives the running server all of it that does a
// primary no harm.
func (m *promotion) readyOld(ctx context.Context) error {
	r := m.Old.Node.Runner
	have, err := readDropIn(ctx, m.Old)
	if err != nil {
		return err
	}
	if err := m.keepBefore(ctx, have); err != nil {
		return err
	}
	more, err := readSettings(ctx, m.Old, m.back.nextFile())
	if err != nil {
		return err
	}
	if err := replica.PutState(ctx, r, m.back.WrittenFile(), m.written()); err != nil {
		return err
	}
	if err := writeDropIn(ctx, m.Old, with(have, more...)); err != nil {
		return err
	}
	if err := included(ctx, m.Old, true); err != nil {
		return err
	}
	_, err = change(ctx, m.Old, "get ready to follow", m.back.settingsOf(more)...)
	return err
}

// written are the settings that the replica to be had before it was one.
func (m *promotion) written() saved {
	out := saved{}
	for name, value := range m.before {
		if name != "min-replicas-to-write" && name != "min-replicas-max-lag" {
			out[name] = value
		}
	}
	return out
}

// settingsOf gives a running server the settings of Belt's file, but for whom it follows. Where it listens, and with which
// port it has served replicas of its own, is changed by a start only before 7.0.
func (m making) settingsOf(settings []conf.Setting) []command {
	var commands []command
	for _, s := range settings {
		if s.Name == "replicaof" || (s.Name == "bind" || s.Name == "tls-port") && !m.tn.can(listensAnew) {
			continue
		}
		commands = append(commands, command{"CONFIG", "SET", s.Name, conf.Directive{Args: s.Args}.Value()})
	}
	return commands
}

// handOver holds the writes and makes the old primary a replica once the other has all of them.
func (m *promotion) handOver(ctx context.Context, report plan.Progress) error {
	begun := time.Now()
	hold := []command{{"CLIENT", "PAUSE", strconv.FormatInt(heldFor.Milliseconds(), 10), "WRITE"}}
	if !m.back.tn.can(pausesWrites) {
		hold = []command{{"CONFIG", "SET", "min-replicas-max-lag", "10"}, {"CONFIG", "SET", "min-replicas-to-write", farMore}}
	}
	if _, err := change(ctx, m.Old, "hold the writes", hold...); err != nil {
		return err
	}
	err := m.drained(ctx, report)
	if err == nil && time.Since(begun) > heldFor-10*time.Second {
		err = fmt.Errorf("%s: the writes were held for %.0f s already", m.Old.Node.Label, time.Since(begun).Seconds())
	}
	if err != nil {
		return errors.Join(err, m.release(context.WithoutCancel(ctx)))
	}
	follow := command{"REPLICAOF", m.back.Link.Address, fmt.Sprint(m.back.port())}
	if _, err := change(ctx, m.Old, "follow "+m.Next.Node.Label, follow); err != nil {
		return err
	}
	return m.release(ctx)
}

// release lets writers go on; a replica refuses them.
func (m *promotion) release(ctx context.Context) error {
	commands := []command{{"CLIENT", "UNPAUSE"}}
	if !m.back.tn.can(pausesWrites) {
		commands = nil
		for _, name := range []string{"min-replicas-to-write", "min-replicas-max-lag"} {
			if v := m.before[name]; v != "" {
				commands = append(commands, command{"CONFIG", "SET", name, v})
			}
		}
	}
	_, err := change(ctx, m.Old, "let the writers go", commands...)
	return err
}

// drained waits until the replica has applied all that the old primary has written.
func (m *promotion) drained(ctx context.Context, report plan.Progress) error {
	there, err := info(ctx, m.Old, "read the primary's position")
	if err != nil {
		return err
	}
	goal, _ := strconv.ParseInt(there["master_repl_offset"], 10, 64)
	at := int64(0)
	err = replica.Until(ctx, drainPatience, func(ctx context.Context) (bool, error) {
		now, err := info(ctx, m.Next, "read the replica's position")
		if err != nil {
			return false, err
		}
		at, _ = strconv.ParseInt(now["slave_repl_offset"], 10, 64)
		if now["master_replid"] != there["master_replid"] {
			return false, fmt.Errorf("%s: it follows another history than %s's", m.Next.Node.Label, m.Old.Node.Label)
		}
		if at < goal {
			report(0, 0, fmt.Sprintf("catching up: %s behind", replica.Size(goal-at)))
		}
		return at >= goal, nil
	})
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: it is still %s behind after %s", m.Next.Node.Label, replica.Size(goal-at), drainPatience)
	}
	return err
}
