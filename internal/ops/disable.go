package ops

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// DisableOptions say which replicas become servers of their own again.
type DisableOptions struct {
	Change
	Target     string
	Replicas   []string // empty: all of the target's own
	Stop       bool     // leave them stopped
	NoRestart  bool     // leave settings that need a restart of the primary for its next one
	Standalone bool     // the primary is no group of its own either
}

const disableCommand = "db replicate disable"

// Disable ends replication on both sides, completely.
func Disable(ctx context.Context, s *Session, o DisableOptions) (Result, error) {
	result := NewResult(disableCommand, o.Target)
	c, err := s.onReplicas(disableCommand, o.Target, o.Replicas, &result)
	if err != nil {
		return result, err
	}
	if len(o.Replicas) == 0 {
		s.unfinished(ctx, &c)
	}
	c.Change, c.parts, c.primaryless, c.targetless = o.Change, true, true, true
	c.options.Stop, c.options.NoRestart, c.options.SkipChecks = o.Stop, o.NoRestart, o.SkipChecks
	c.options.Standalone = o.Standalone
	c.plan = c.group.engine.PlanDisable
	return s.apply(ctx, c)
}

// unfinished adds to the change the app's servers that are no member yet and for which an unfinished run left something:
// belt.yaml takes a new member only at the end.
func (s *Session) unfinished(ctx context.Context, c *change) {
	g := c.group
	t := g.topology(g.inspect(ctx, replication.Glance))
	var names []string
	for _, server := range g.target.OtherServers() {
		for _, l := range t.Leftovers {
			if slices.Contains(strings.Fields(l.Fix), server) && !slices.Contains(names, server) {
				names = append(names, server)
			}
		}
	}
	left, err := s.named(g, names)
	if err != nil || len(left) == 0 {
		return
	}
	c.look = func(t replication.Topology) ([]replication.Node, error) {
		targets := g.replicas(t)
		for _, n := range left {
			if !contains(targets, n) {
				targets = append(targets, n)
			}
		}
		return targets, nil
	}
}

// onReplicas prepares a command on the named replicas of a target, or on all of its own.
func (s *Session) onReplicas(command, name string, replicas []string, result *Result) (change, error) {
	target, err := s.Inventory.Target(name)
	if err != nil {
		return change{}, err
	}
	result.Target = target.String()
	g, err := s.group(target)
	if err != nil {
		return change{}, err
	}
	c := change{command: command, group: g, options: replication.Options{Over: target.Database.ReplicateOver}}
	if c.targets, err = s.named(g, replicas); err != nil {
		return change{}, err
	}
	if len(replicas) == 0 {
		c.look = func(t replication.Topology) ([]replication.Node, error) { return g.replicas(t), nil }
	} else {
		targets := c.targets
		c.look = func(t replication.Topology) ([]replication.Node, error) {
			for _, n := range targets {
				if t.Primary != nil && t.Primary.Node.Same(n) {
					return nil, refuse("belt db status "+t.Target, "%s is the primary of %s, not a replica", n.Label, t.Target)
				}
			}
			return targets, nil
		}
	}
	return c, nil
}

// noTarget says what to name where a command needs one server.
func noTarget(command string) error {
	return usage(fmt.Sprintf("belt %s --help", command), "say which server: --replica SERVER")
}
