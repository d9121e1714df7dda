package mongodb

import (
	"slices"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const commandPromote = "db promote"

// refuses is what a plan's checks say no to.
func refuses(t *testing.T, s *scene, check string) {
	t.Helper()
	p := s.Plan()
	if !slices.ContainsFunc(p.Failed(), func(c plan.Check) bool { return c.Name == check }) {
		t.Errorf("%s refuses nothing: %v", check, p.Refusal())
	}
}

func TestPromoteRefuses(t *testing.T) {
	s := enabled(t, commandPromote, "db2")
	s.primary().Stop()
	refuses(t, s, "running")

	s = enabled(t, commandPromote, "db2")
	s.options.Lost = true
	refuses(t, s, "lost")

	s = newScene(t, commandPromote, "db2")
	refuses(t, s, "role")
}

// A primary that is gone is replaced by force; when it comes back, it follows.
func TestPromoteWithoutThePrimary(t *testing.T) {
	s := enabled(t, commandPromote, "db2")
	s.primary().Write(int32(71))
	s.primary().Stop()
	s.do(commandPromote, replication.Options{Lost: true})
	s.target().Write(int32(72))
	top := s.status()
	if top.Primary == nil || top.Primary.Node.Server != "db2" || top.Healthy() {
		t.Errorf("without the old primary: %+v", top)
	}
	s.primary().Start()
	if top := s.status(); top.Primary == nil || top.Primary.Node.Server != "db2" || !top.Healthy() {
		t.Errorf("the old primary is back: primary %v, replicas %v, problems %q", top.Primary, top.Replicas, top.Problems)
	}
}
