package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// farMore is a number of replicas that nobody has: a primary that wants so many takes no writes.
const farMore = "1000000"

// fencing tells whether a setting is one of the fence's.
func fencing(s conf.Setting) bool {
	return s.Name == "min-replicas-to-write" && slices.Equal(s.Args, []string{farMore}) || s.Name == "min-replicas-max-lag"
}

// beforeFile is where the old primary's server keeps what Belt's file there said before the run.
func (m *promotion) beforeFile() string { return m.back.tn.dropIn() + ".before" }

// keepBefore keeps what Belt's file says, unless a run before has.
func (m *promotion) keepBefore(ctx context.Context, have []conf.Setting) error {
	kept, err := m.back.Target.Seen(ctx, m.beforeFile())
	if err != nil || kept {
		return err
	}
	attr := remote.Attr{Mode: 0o640, Owner: "root", Group: m.back.tn.Group}
	return remote.WriteFile(ctx, m.Old.Node.Runner, "root", m.beforeFile(), []byte(conf.Text(have)), attr)
}

// putBefore writes into Belt's file again what was kept.
func (m *promotion) putBefore(ctx context.Context) error {
	have, err := readSettings(ctx, m.Old, m.beforeFile())
	if err != nil {
		return err
	}
	return editDropIn(ctx, m.Old, func([]conf.Setting) []conf.Setting { return have })
}

// reopen makes the old primary one again, unless the new one takes writes already.
func (m *promotion) reopen(ctx context.Context) error {
	now, err := info(ctx, m.Next, "look at its role")
	if err != nil || now["role"] != "slave" {
		return fmt.Errorf("%s: not made the primary again, since %s may take writes: %w", m.Old.Node.Label, m.Next.Node.Label, errors.Join(err, replica.ErrTwoPrimaries))
	}
	kept, err := m.back.Target.Seen(ctx, m.beforeFile())
	if err != nil {
		return err
	}
	if kept {
		if err := m.putBefore(ctx); err != nil {
			return err
		}
	}
	if err := m.back.Target.StartIfDown(ctx); err != nil {
		return err
	}
	password, err := forgetPassword(ctx, m.Old)
	if err != nil {
		return err
	}
	commands := []command{{"REPLICAOF", "NO", "ONE"}, password}
	for _, name := range orderedBack(m.written()) {
		if name == "bind" && !m.back.tn.can(listensAnew) {
			continue
		}
		commands = append(commands, command{"CONFIG", "SET", name, m.before[name]})
	}
	if _, err := change(ctx, m.Old, "make it the primary again", commands...); err != nil {
		return err
	}
	if err := m.release(ctx); err != nil {
		return err
	}
	return replica.DropState(ctx, m.Old.Node.Runner, m.beforeFile(), m.back.WrittenFile())
}

// left tells whether the old primary is not what it was before the run.
func (m *promotion) left(ctx context.Context) (bool, error) {
	return m.back.Target.Seen(ctx, m.beforeFile())
}

// open lets the replica take writes: from here there is no way back that loses nothing.
func (m *promotion) open() plan.Step {
	next := m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "promote", Title: "make it the primary", Commands: []string{"REPLICAOF NO ONE"}, Opens: true,
		Undo: plan.Permanent(next + " is the primary now, and may have taken writes; the same command finishes the rest"),
		Done: func(ctx context.Context) (bool, error) {
			now, err := info(ctx, m.Next, "look at its role")
			return err == nil && now["role"] == "master", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			_, err := change(ctx, m.Next, "make it the primary", command{"REPLICAOF", "NO", "ONE"})
			return err
		},
	}, next)
}

// fence stops a primary that is given up, and keeps it from taking writes when somebody starts it again: it wants more
// replicas than there are.
func (m *promotion) fence() plan.Step {
	s := m.Step(plan.Step{
		ID: "fence", Title: "keep the old primary from taking writes", Closes: m.Old.Running,
		Commands: []string{"to " + m.back.tn.dropIn() + ": min-replicas-to-write " + farMore, "systemctl stop " + m.back.tn.Unit},
		Done: func(ctx context.Context) (bool, error) {
			there, err := m.back.Target.Seen(ctx, m.beforeFile())
			return there && m.Adopt, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			have, err := readDropIn(ctx, m.Old)
			if err != nil {
				return err
			}
			if err := m.keepBefore(ctx, have); err != nil {
				return err
			}
			fence := []conf.Setting{{Name: "min-replicas-to-write", Args: []string{farMore}}, {Name: "min-replicas-max-lag", Args: []string{"10"}}}
			if err := writeDropIn(ctx, m.Old, with(have, fence...)); err != nil {
				return err
			}
			if err := included(ctx, m.Old, true); err != nil {
				return err
			}
			return m.back.Target.Stop(ctx)
		},
		Undo: plan.Undoable("take the fence away", func(ctx context.Context, _ plan.Progress) error {
			kept, err := m.back.Target.Seen(ctx, m.beforeFile())
			if err != nil || !kept {
				return err
			}
			if err := m.putBefore(ctx); err != nil {
				return err
			}
			if m.Old.Running {
				if err := m.back.Target.StartIfDown(ctx); err != nil {
					return err
				}
			}
			return replica.DropState(ctx, m.Old.Node.Runner, m.beforeFile())
		}),
	}, m.Old.Node.Label)
	if m.Old.Running {
		s.Disrupts = m.Old.Node.Label + " stops"
	}
	return s
}

// fenced forgets what Belt's file said before the fence: nobody takes that away any more.
func (m *promotion) fenced() plan.Step {
	return m.Step(plan.Step{
		ID: "fenced", Title: "forget what was before the fence", Commands: []string{"rm " + m.beforeFile()},
		Undo: plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			there, err := m.back.Target.Seen(ctx, m.beforeFile())
			return !there, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			return replica.DropState(ctx, m.Old.Node.Runner, m.beforeFile())
		},
	}, m.Old.Node.Label)
}
