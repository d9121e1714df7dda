package postgresql

import (
	"slices"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const commandPromote = "db promote"

// promotes is a scene in which the targets follow, and the first is to take over.
func promotes(t *testing.T, targets ...string) *scene {
	return enabled(t, 15, commandPromote, targets...)
}

// What was written before the change is there after it, on all servers, and writes go to the new primary.
func TestPromoteLosesNothing(t *testing.T) {
	s := promotes(t, "db2", "db3")
	s.primary().Write("one")
	s.do(commandPromote, replication.Options{})
	s.target().Write("two")
	for _, m := range s.members {
		rows(t, m, "rows of shop/db1", "one", "two")
	}
	top := s.status()
	if top.Primary == nil || top.Primary.Node.Server != "db2" || !top.Healthy() || len(top.Replicas) != 2 || len(top.Leftovers) > 0 {
		t.Errorf("after the promotion: %+v", top)
	}
	if p := s.Plan(); len(p.Steps) > 0 || p.Refusal() != nil {
		t.Errorf("promoted again: %d steps, %v", len(p.Steps), p.Refusal())
	}

	s.targets = s.members[:1]
	s.do(commandPromote, replication.Options{})
	s.target().Write("three")
	for _, m := range s.members {
		rows(t, m, "rows of shop/db1", "one", "two", "three")
	}
	if top := s.status(); !top.Healthy() || len(top.Leftovers) > 0 {
		t.Errorf("after the way back: %+v", top)
	}

	// One that was the primary for a while keeps no setting of it when it is let go.
	s.targets = s.members[1:2]
	s.do(commandDisable, replication.Options{})
	if note, there := s.target().File("/var/lib/belt/state/postgresql-5432.settings"); there {
		t.Errorf("settings of a primary were left: %s", note)
	}
}

// A primary that was lost does not come back writable where it could be fenced, is named where it could not, and becomes a
// replica by a resync.
func TestOldPrimaryReturns(t *testing.T) {
	for name, gone := range map[string]func(*scene){
		"fenced":   func(s *scene) { s.primary().Crash() },
		"unfenced": func(s *scene) { s.primary().Down(true) },
	} {
		t.Run(name, func(t *testing.T) {
			s := promotes(t, "db2")
			s.primary().Write("acknowledged")
			gone(s)
			s.do(commandPromote, replication.Options{Lost: true})
			s.target().Write("since")
			s.primary().Down(false)
			if name == "fenced" {
				s.primary().Start()
			}
			top := s.status()
			if top.Primary == nil || top.Primary.Node.Server != "db2" || len(top.Replicas) != 1 || top.Healthy() {
				t.Fatalf("the old primary is back: %+v", top)
			}
			if r := top.Replicas[0]; r.Fix == "" || name == "fenced" && r.Facts.Writable {
				t.Errorf("the old primary is back: %s, writable %v, %q, mend it: %q", r.State, r.Facts.Writable, r.Problem, r.Fix)
			}
			s.targets = s.members[:1]
			s.do(commandResync, replication.Options{})
			rows(t, s.primary(), "rows of shop/db1", "acknowledged", "since")
			if top := s.status(); !top.Healthy() {
				t.Errorf("after the resync: %+v", top)
			}
		})
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
	s := promotes(t, "db2")
	s.primary().Crash()
	refuses(t, s, "running")

	s = promotes(t, "db2")
	s.primary().Down(true)
	refuses(t, s, "reach")

	s = promotes(t, "db2")
	s.options.Lost = true
	refuses(t, s, "lost")

	s = promotes(t, "db2")
	s.target().Stop()
	refuses(t, s, "running")

	s = newScene(t, 15, commandPromote, "db2")
	refuses(t, s, "role")

	// One that has more of a lost primary's changes is the better choice.
	s = promotes(t, "db2", "db3")
	s.target().Stop()
	s.primary().Write("only db3 has it")
	s.primary().Crash()
	s.target().Start()
	s.options.Lost = true
	refuses(t, s, "furthest")
}

// A change of the primary that was cut off is named, at any time, with the command that finishes it.
func TestUnfinishedPromotionIsNamed(t *testing.T) {
	for _, step := range []string{"stop.db1", "promote.db2", "demote.db1", "tidy.db1", "finish.db2"} {
		s := promotes(t, "db2")
		s.interrupt(commandPromote, step, replication.Options{})
		const fix = "belt db promote shop/postgresql --replica db2"
		if top := s.status(); !slices.ContainsFunc(top.Leftovers, func(l replication.Leftover) bool { return l.Fix == fix }) {
			t.Errorf("%s: left over %v", step, top.Leftovers)
		}
		s.do(commandPromote, replication.Options{})
		if top := s.status(); !top.Healthy() || len(top.Leftovers) > 0 {
			t.Errorf("%s, and the same command again: problems %q, left over %v", step, top.Problems, top.Leftovers)
		}
	}
}
