package redis

import (
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const commandPromote = "db promote"

// What was written before the change is there after it, on all servers, and writes go to the new primary.
func TestPromoteLosesNothing(t *testing.T) {
	for _, version := range []string{"6.0.16", "7.0.15"} {
		s := enabled(t, version, commandPromote, "db2", "db3")
		s.primary().Write("one")
		s.do(commandPromote, replication.Options{})
		s.target().Write("two")
		for _, m := range s.members {
			if got, want := m.Keys(), "[keys of shop/db1 one two]"; got != want {
				t.Errorf("%s: %s has %s, not %s", version, m.Name, got, want)
			}
		}
		top := s.engine.Topology("shop/redis", s.facts(replication.Glance))
		if top.Primary == nil || top.Primary.Node.Server != "db2" || !top.Healthy() || len(top.Replicas) != 2 || len(top.Leftovers) > 0 {
			t.Errorf("%s: after the promotion: %+v", version, top)
		}
		// Each is after a restart what it is now.
		for _, m := range s.members {
			m.Crash()
		}
		if top := s.engine.Topology("shop/redis", s.facts(replication.Glance)); top.Primary == nil || top.Primary.Node.Server != "db2" || !top.Healthy() {
			t.Errorf("%s: after restarts: %+v", version, top)
		}
		keys(t, s.target(), "keys of shop/db1", "one")
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
	s := enabled(t, "7.0.15", commandPromote, "db2")
	s.primary().Stop()
	refuses(t, s, "running")

	s = enabled(t, "7.0.15", commandPromote, "db2")
	s.options.Lost = true
	refuses(t, s, "lost")

	s = newScene(t, "7.0.15", commandPromote, "db2")
	refuses(t, s, "role")

	s = enabled(t, "7.0.15", commandPromote, "db2")
	s.target().Configure(`save ""`)
	refuses(t, s, "persistence")
}

// After a promotion and a disable both servers are what they were before the first enable, but for the data: nothing of either
// part that they had is left.
func TestPromoteAndDisableLeaveNothing(t *testing.T) {
	for name, build := range map[string]func() *scene{
		"within, 60":  func() *scene { return newScene(t, "6.0.16", commandEnable, "db2") },
		"within":      func() *scene { return newScene(t, "7.0.15", commandEnable, "db2") },
		"between, 60": func() *scene { return between(t, "6.0.16") },
		"between":     func() *scene { return between(t, "7.0.15") },
	} {
		t.Run(name, func(t *testing.T) {
			s := build()
			before := s.Snapshot()
			s.do(commandEnable, replication.Options{})
			s.do(commandPromote, replication.Options{})
			turned := *s
			turned.targets = s.members[:1]
			turned.do(commandDisable, replication.Options{})
			for _, m := range s.members {
				m.Crash()
			}
			home := s.target().App + "/" + s.target().Name
			for at, is := range s.Snapshot() {
				was := strings.Replace(before[at], "keys of "+home, "keys of shop/db1", 1)
				if is != was && !strings.Contains(at, "belt-old") {
					t.Errorf("%s: was %q, is %q", at, was, is)
				}
			}
		})
	}
}

// An old primary that comes back as a replica no longer has the user of the one that follows it no more.
func TestOldPrimaryComesBackWithoutItsReplicasUsers(t *testing.T) {
	s := scenes["resync/was the primary"](t)
	old := s.target()
	if !nativeOf(s.facts(replication.Survey)[1]).hasUser(replicaName(s.primary().Node(s.home()))) {
		t.Fatal("it has none to begin with")
	}
	s.do(commandResync, replication.Options{})
	if got := s.request().Topology.Leftovers; len(got) > 0 {
		t.Errorf("left over on %s: %+v", old.Name, got)
	}
}

// TestSettingsOfRunningServer: an old primary has settings in Belt's file from its own part, too.
func TestSettingsOfRunningServer(t *testing.T) {
	for version, want := range map[string]int{"6.0.16": 1, "7.0.15": 3} {
		s := newScene(t, version, commandEnable, "db2")
		req := s.request()
		m := newMaking(req, req.Targets[0])
		var have []conf.Setting
		for _, name := range []string{"replicaof", "bind", "tls-port", "masteruser"} {
			have = append(have, conf.Setting{Name: name, Args: []string{"x"}})
		}
		if got := m.settingsOf(have); len(got) != want || got[len(got)-1][2] != "masteruser" {
			t.Errorf("%s: %q", version, got)
		}
	}
}
