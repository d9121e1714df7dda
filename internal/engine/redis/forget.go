package redis

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// userThere tells whether the user that this run makes is there.
func (m making) userThere(ctx context.Context) (bool, error) {
	if !m.newUser {
		return false, nil
	}
	there, err := m.hasUser(ctx)
	return there, err
}

// hasUser asks the running primary and its files.
func (m making) hasUser(ctx context.Context) (bool, error) {
	if there, err := m.knowsUser(ctx); err != nil || there {
		return there, err
	}
	return m.kept(ctx)
}

// knowsUser asks the running primary.
func (m making) knowsUser(ctx context.Context) (bool, error) {
	replies, err := ask(ctx, m.primary, "look for "+m.Name, command{"ACL", "USERS"})
	if err != nil {
		return false, err
	}
	return slices.Contains(replies[0].Values(), m.Name), nil
}

// forgetUser removes the user of a making from the server that has it, and from its files; which makes the steps' names their own.
func (m making) forgetUser(of making, which string, undo plan.Undo) []plan.Step {
	label := of.primary.Node.Label
	return []plan.Step{
		m.Step(plan.Step{
			ID: "user" + which, Server: label, Title: "remove user " + of.Name, Undo: undo, Commands: []string{"ACL DELUSER " + of.Name},
			Done: func(ctx context.Context) (bool, error) {
				there, err := of.knowsUser(ctx)
				return !there, err
			},
			Do: func(ctx context.Context, _ plan.Progress) error { return of.deleteUser(ctx) },
		}),
		m.Step(plan.Step{
			ID: "users" + which, Server: label, Title: "take its line out of " + path.Base(of.usersFile()), Undo: undo, Commands: []string{"edit " + of.usersFile()},
			Done: func(ctx context.Context) (bool, error) {
				there, err := of.kept(ctx)
				return !there, err
			},
			Do: func(ctx context.Context, _ plan.Progress) error { return of.keepUser(ctx, nil) },
		}),
	}
}

// forgetSteps remove what the primary holds for the replica.
func (m making) forgetSteps() []plan.Step {
	steps := m.forgetUser(m, "", plan.Permanent("the replica is a server of its own now; enable makes it new"))
	if slices.ContainsFunc(m.pn.notes.Begun, func(u replica.Unfinished) bool { return u.Replica == m.target.Node.Key() }) {
		steps = append(steps, m.Step(plan.Step{
			ID: "forget", Server: m.From(), Title: "remove the note of the unfinished run", Commands: []string{"rm " + m.BegunFile()},
			Do: func(ctx context.Context, _ plan.Progress) error {
				return replica.DropState(ctx, m.primary.Node.Runner, m.BegunFile())
			},
			Done: func(ctx context.Context) (bool, error) {
				there, err := m.Primary.Seen(ctx, m.BegunFile())
				return !there, err
			},
			Undo: plan.Permanent("there is no such run any more"),
		}))
	}
	if s, needed := lowerLeft(m.primary); needed {
		s.ID = m.At("buffers")
		steps = append(steps, s)
	}
	return steps
}

// last tells whether no replica is left once the targets are gone.
func last(req replication.Request) bool {
	gone := map[string]bool{}
	for _, t := range req.Targets {
		gone[replicaName(t.Node)] = true
	}
	for _, r := range req.Topology.Replicas {
		if !gone[replicaName(r.Facts.Node)] {
			return false
		}
	}
	n := nativeOf(*req.Topology.Primary)
	return !slices.ContainsFunc(n.users(), func(u string) bool { return beltUser(u) && !gone[u] })
}

// restoreStep puts the primary's settings back once its last replica is gone.
func restoreStep(p replication.Facts, restart bool) plan.Step {
	n := nativeOf(p)
	record := n.saved()
	commands := []string{"in " + n.dropIn() + " and " + n.Config + ": take belt's lines out"}
	again := false
	for _, name := range orderedBack(record) {
		if n.backByRestart(name, record) {
			again = true
			continue
		}
		commands = append(commands, fmt.Sprintf("CONFIG SET %s %q", name, record[name]))
	}
	s := plan.Step{
		ID: "settings", Server: p.Node.Label, Title: "put the settings back", Commands: commands, Undo: plan.Permanent("enable sets them again"),
		Done: func(ctx context.Context) (bool, error) {
			there, err := instance(p).Seen(ctx, savedFile(p))
			return !there, err
		},
		Do: func(ctx context.Context, report plan.Progress) error {
			return restoreSettings(ctx, p, nil, restart, report)
		},
	}
	if again && restart {
		s.Commands = append(s.Commands, n.restarting()...)
		s.Disrupts = fmt.Sprintf("%s restarts to put settings back: %s; --no-restart leaves them for its next restart", p.Node.Label, outage(p))
	}
	return s
}

// restoring is the step that puts the primary's settings back, where no replica is left that needs them.
func restoring(req replication.Request) (plan.Step, bool) {
	p := *req.Topology.Primary
	if !last(req) || len(nativeOf(p).saved()) == 0 {
		return plan.Step{}, false
	}
	return restoreStep(p, !req.Options.NoRestart), true
}
