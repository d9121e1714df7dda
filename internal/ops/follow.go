package ops

import (
	"context"
	"slices"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
)

// follow adds to the plan what has to follow the databases: belt.yaml, and the variables of the app servers. It looks at
// the app servers first, so that one that cannot take its variables is known before anything is changed.
func (s *Session) follow(ctx context.Context, c *change, m *made) {
	switch {
	case len(m.plan.Failed()) > 0:
		return
	case c.promotes:
		if len(m.plan.Steps) > 0 {
			s.turnRound(ctx, c, m)
		}
		return
	case !c.joins && !c.parts:
		return
	}
	f := c.after(m)
	step, note := s.inventoryStep(*c, f)
	if step != nil {
		m.plan.Steps = append(m.plan.Steps, *step)
	}
	if note != "" {
		m.plan.Notes = append(m.plan.Notes, note)
	}
	servers, err := s.envServers(*c, f)
	if err != nil {
		// A password file that cannot be read is mended before anything is done; a primary that is gone cannot be.
		check := plan.Check{Name: "env", Detail: "the variables cannot be told: " + err.Error(), Hint: HintOf(err), Warning: f.primary == nil}
		m.plan.Checks = append(m.plan.Checks, check)
		return
	}
	m.plan.Notes = append(m.plan.Notes, s.estranged(*c, f)...)
	if step := s.pushing(ctx, c, m, servers); step != nil {
		m.plan.Steps = append(m.plan.Steps, *step)
	}
}

// pushing looks at the app servers and is the step that gives them their variables; nil when they have them, or there is none.
func (s *Session) pushing(ctx context.Context, c *change, m *made, servers []envpush.Server) *plan.Step {
	if len(servers) == 0 {
		return nil
	}
	m.push = &push{pusher: s.Env, warn: s.Screen.Warn, servers: servers, command: c.command + " " + c.group.target.String()}
	m.plan.Checks = append(m.plan.Checks, m.push.look(ctx)...)
	step := m.push.step()
	if step != nil && !c.DryRun {
		m.plan.Notes = append(m.plan.Notes, m.push.note(12))
	}
	return step
}

// envServers are the app servers whose variables the change concerns, and what they are to have when the roles are as in
// f: those of the primary's app, of the app that the targets
// replicate from, and of the targets' own.
func (s *Session) envServers(c change, f future) ([]envpush.Server, error) {
	concerned := []inventory.Target{c.group.root}
	nodes := slices.Clone(c.targets)
	for _, n := range c.targets {
		if source, ok := c.group.byKey(n.Source); ok && !contains(nodes, source) {
			nodes = append(nodes, source)
		}
	}
	for _, n := range nodes {
		t, err := s.Inventory.Target(n.App + "/" + n.Database)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(concerned, func(known inventory.Target) bool { return known.String() == t.String() }) {
			concerned = append(concerned, t)
		}
	}
	var out []envpush.Server
	for _, t := range concerned {
		db, err := c.group.describe(t, f)
		if err != nil {
			return nil, err
		}
		vars, err := variables.Vars(db)
		if err != nil {
			return nil, err
		}
		out = append(out, s.appServers(t.App, c.group.home, vars)...)
	}
	return out, nil
}
