package ops

import (
	"context"
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// change is what is one command's own on the way that all changing commands go.
type change struct {
	Change
	command string
	group   *group
	targets []replication.Node // members of the group
	options replication.Options

	// plan makes the plan of the engine's steps. Pure.
	plan func(replication.Request) (plan.Plan, error)
	// look may narrow the targets to those that the facts show, or refuse. Nil: the targets are as given.
	look func(replication.Topology) ([]replication.Node, error)
	// joins says that the targets are replicas afterwards, and parts that they are none. Neither: roles stay.
	joins, parts bool
	// promotes says that the only target is the primary afterwards, and the others are its replicas.
	promotes bool
	// restores says that the targets are afterwards what their kept data are.
	restores bool
	// source is the target that the group's target is a replica of afterwards, when joins is between apps.
	source string
	// primaryless says that the command makes sense even where the primary cannot be found.
	primaryless bool
	// adds is a server that belt.yaml does not have yet, and removes one that it is not to have any more.
	adds    *inventory.Server
	removes string
	// about are servers, by their keys, that are no members yet and that the change is about.
	about []string
	// beside are more places that the change works on than the primary's and the targets' servers.
	beside func() []lock.Place
	// last are steps that come after all others, belt.yaml and the variables included.
	last []plan.Step
	// late has the variables of a plan that is made only while the first one runs; nil where there is none.
	late *made
	// targetless says that the engine can plan without an answer of a target: to forget a dead replica.
	targetless bool
}

// apply goes the way of a changing command.
func (s *Session) apply(ctx context.Context, c change) (Result, error) {
	result := NewResult(c.command, c.group.target.String())
	if err := s.mayAsk(c.Change); err != nil {
		return result, err
	}
	made, err := s.prepare(ctx, &c)
	if err != nil {
		return result, s.orHeld(ctx, c, made, err)
	}
	if c.DryRun {
		view := made.plan.View()
		result.Plan = &view
		return result, made.refusal()
	}
	if err := made.refusal(); err != nil {
		s.Screen.Plan(made.plan.View())
		return result, s.orHeld(ctx, c, made, err)
	}
	if len(made.plan.Steps) == 0 && made.plan.Then == nil {
		for _, note := range made.plan.Notes {
			s.Screen.Note(note)
		}
		return result, made.push.verdict(&result)
	}
	s.Screen.Plan(made.plan.View())
	if err := s.ask(ctx, c); err != nil {
		return result, err
	}

	ctx, release, err := s.lock(ctx, c, made)
	if err != nil {
		return result, err
	}
	defer release()
	if err := s.same(ctx, c, made); err != nil {
		return result, err
	}
	return s.hooked(ctx, c, made, func() (Result, error) { return s.run(ctx, c, made) })
}

// run does what was planned.
func (s *Session) run(ctx context.Context, c change, made *made) (Result, error) {
	result := NewResult(c.command, c.group.target.String())
	if err := s.takeOver(ctx, c); err != nil {
		return result, err
	}
	end := s.record(ctx, c, made)
	gap := newGap(s.Screen, made.plan)
	err := result.take(plan.Apply(ctx, made.plan, gap, plan.Options{Hard: c.Hard}))
	s.Screen.Over()
	result.PrimaryUnavailableSeconds = gap.seconds()
	if err == nil {
		push := made.push
		if c.late != nil {
			push = c.late.push
		}
		err = push.verdict(&result)
	}
	end(result, err)
	return result, err
}

// made is a plan together with the facts that it was made from.
type made struct {
	run   string // the id of this run
	plan  plan.Plan
	roles replication.Topology
	facts []replication.Facts
	push  *push // nil when no variables are concerned
}

// refusal is why the plan's checks do not let it run. A server that could not be reached is named as that.
func (m *made) refusal() error {
	err := m.plan.Refusal()
	for _, c := range m.plan.Failed() {
		for _, f := range m.facts {
			if c.Name == "reach" && c.Server == f.Node.Label && unreached(f.Err) {
				return &unasked{f.Err, c.Hint}
			}
		}
	}
	return err
}

// unasked is the error of a server that could not be reached and that the command needs.
type unasked struct {
	err error
	fix string
}

func (e *unasked) Error() string { return e.err.Error() }
func (e *unasked) Unwrap() error { return e.err }

// Hint is the next step for the user.
func (e *unasked) Hint() string { return e.fix }

// prepare inspects and plans.
func (s *Session) prepare(ctx context.Context, c *change) (*made, error) {
	g := c.group
	facts, err := s.settled(ctx, g)
	m := &made{run: newRun(), facts: facts}
	if ctx.Err() != nil {
		return m, context.Cause(ctx)
	}
	if err != nil && !c.DryRun { // what another run will leave, nobody can plan with
		return m, err
	}
	t := g.topology(facts)
	m.roles = t
	if c.joins && c.source != "" {
		if err := s.climb(ctx, c, facts); err != nil {
			return m, err
		}
	}
	if err := primaryless(t, facts); err != nil && !c.primaryless {
		return m, err
	}
	if c.look != nil {
		var err error
		if c.targets, err = c.look(t); err != nil {
			return m, err
		}
	}
	targets := make([]replication.Facts, len(c.targets))
	for i, node := range c.targets {
		targets[i] = findFacts(facts, node)
		if err := targets[i].Err; err != nil && !c.targetless {
			return m, err
		}
	}
	if c.parts {
		if err := dependents(*c, t); err != nil {
			return m, err
		}
	}
	source, err := c.linked(t)
	if err != nil {
		return m, err
	}
	links := map[string]replication.Link{}
	if source.Primary != nil && source.Primary.Err == nil && c.joins {
		links = g.probe(ctx, *source.Primary, targets, c.options.Over)
	}
	if c.promotes {
		links = g.probeFollowers(ctx, t, targets[0])
	}
	if !c.DryRun {
		g.unguard(facts)
		t = g.topology(facts)
		for i, node := range c.targets {
			targets[i] = findFacts(facts, node)
		}
	}
	m.roles = t
	if source, err = c.linked(t); err != nil {
		return m, err
	}
	m.plan, err = c.plan(replication.Request{
		Command: c.command, Run: m.run, Topology: source, Targets: targets, Links: links, Options: c.options,
	})
	if err != nil {
		return m, err
	}
	m.plan.Command, m.plan.Target = c.command, g.target.String()
	for _, f := range facts {
		if f.Err != nil {
			m.plan.Notes = append(m.plan.Notes, f.Err.Error())
		}
	}
	if c.joins && len(m.plan.Steps) > 0 {
		m.plan.Checks = append(m.plan.Checks, s.clients(ctx, c.group, t, targets, c.options.Over)...)
	}
	s.follow(ctx, c, m)
	if len(m.plan.Steps) > 0 {
		m.plan.Steps = append(m.plan.Steps, c.last...)
	}
	if len(m.plan.Steps) > 0 || m.plan.Then != nil {
		m.plan.Checks = append(m.plan.Checks, s.hookChecks(g.target.App, hookName(c.command, before), hookName(c.command, after))...)
	}
	skip(m.plan.Checks, c.SkipChecks)
	if err := m.plan.Validate(); err != nil {
		return m, fmt.Errorf("a defect in belt: %w", err)
	}
	return m, nil
}

// skip marks the failed checks that the user wants to go on without. Nobody goes on without a vital one.
func skip(checks []plan.Check, names []string) {
	for i, c := range checks {
		switch {
		case c.OK || c.Warning || !slices.Contains(names, c.Name):
		case c.Vital:
			checks[i].Detail += "; this check cannot be skipped"
		default:
			checks[i].Skipped = true
		}
	}
}

// mayAsk refuses a command that would have to ask and cannot, before any server is contacted.
func (s *Session) mayAsk(c Change) error {
	if c.Yes || c.DryRun || s.Screen.CanAsk() {
		return nil
	}
	return usage("--yes goes on without asking; --dry-run shows what would be done",
		"there is no terminal to ask for a confirmation on")
}

// ask lets the user decide.
func (s *Session) ask(ctx context.Context, c change) error {
	if c.Yes {
		return nil
	}
	yes, err := s.Screen.Confirm(ctx, "Go on?")
	if err != nil {
		return err
	}
	if !yes {
		return refuse("", "not confirmed: nothing was changed")
	}
	return nil
}
