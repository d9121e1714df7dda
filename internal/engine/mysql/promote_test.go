package mysql

import (
	"slices"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const commandPromote = "db promote"

// Writes before, between and after two changes are on all servers, and nothing is left over.
func TestPromoteLosesNothing(t *testing.T) {
	for _, p := range products() {
		t.Run(p.String(), func(t *testing.T) {
			s := enabled(t, p, commandPromote, "db2", "db3")
			s.primary().Write("one")
			s.do(commandPromote, replication.Options{})
			s.target().Write("two")
			follows(t, s, "db2", 2)
			if p := s.Plan(); len(p.Steps) > 0 || p.Refusal() != nil {
				t.Errorf("promoted again: %d steps, %v", len(p.Steps), p.Refusal())
			}
			s.targets = s.members[:1]
			s.do(commandPromote, replication.Options{})
			s.target().Write("three")
			follows(t, s, "db1", 2)
		})
	}
}

// What MariaDB logged before its replicas were copied is in no binary log but its own, under the id that it had then.
func TestPromoteKnowsItsPast(t *testing.T) {
	s := newScene(t, maria10, commandPromote, "db2")
	s.primary().Option("log_bin", "ON")
	s.primary().Write("long ago")
	s.do(commandEnable, replication.Options{})
	s.do(commandPromote, replication.Options{})
	follows(t, s, "db2", 1)
	s.primary().Write("its own")
	if top := s.engine.Topology(s.name(), s.facts(replication.Glance)); top.Healthy() {
		t.Error("what it wrote since then is not its own any more")
	}
}

// follows fails the test unless all follow the server.
func follows(t *testing.T, s *scene, server string, replicas int) {
	t.Helper()
	top := s.engine.Topology(s.name(), s.facts(replication.Glance))
	if top.Primary == nil || top.Primary.Node.Server != server || !top.Healthy() || len(top.Replicas) != replicas || len(top.Leftovers) > 0 {
		t.Errorf("want %s to lead: primary %v, replicas %v, problems %q, left over %v", server, top.Primary, top.Replicas, top.Problems, top.Leftovers)
	}
}

// refuses is what a plan's checks say no to.
func refuses(t *testing.T, s *scene, check string) {
	t.Helper()
	p := s.Plan()
	if !slices.ContainsFunc(p.Failed(), func(c plan.Check) bool { return c.Name == check }) {
		t.Errorf("%s refuses nothing: %v", check, p.Refusal())
	}
}

func TestPromoteRefuses(t *testing.T) {
	s := enabled(t, maria10, commandPromote, "db2")
	s.primary().Halt()
	refuses(t, s, "running")

	s = enabled(t, maria10, commandPromote, "db2")
	s.options.Lost = true
	refuses(t, s, "lost")

	s = newScene(t, maria10, commandPromote, "db2")
	refuses(t, s, "role")
}
