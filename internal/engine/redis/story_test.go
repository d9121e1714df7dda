package redis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/engine/redis/redistest"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

func keys(t *testing.T, s *redistest.Server, want ...string) {
	t.Helper()
	if d := cmp.Diff(fmt.Sprint(want), s.Keys()); d != "" {
		t.Errorf("%s/%s (-want +got):\n%s", s.App, s.Name, d)
	}
}

func TestNoKeyIsLost(t *testing.T) {
	s := newScene(t, "7.0.15", commandEnable, "db2")
	s.primary().Write("one")
	s.do(commandEnable, replication.Options{})
	s.primary().Write("two")
	keys(t, s.target(), "keys of shop/db1", "one", "two")

	s.target().Promote()
	s.target().Write("of its own")
	s.primary().Write("three")
	s.do(commandResync, replication.Options{})
	keys(t, s.target(), "keys of shop/db1", "one", "two", "three")

	s.do(commandUndo, replication.Options{})
	keys(t, s.target(), "keys of shop/db1", "one", "two", "of its own")
	s.target().Crash() // it does not follow by itself, and lose that
	keys(t, s.target(), "keys of shop/db1", "one", "two", "of its own")
	if top := s.engine.Topology("shop/redis", s.facts(replication.Glance)); len(top.Replicas) != 1 || top.Replicas[0].State != replication.Diverged {
		t.Errorf("after the undo of a resync: %+v", top)
	}
	s.do(commandResync, replication.Options{})

	s.do(commandDisable, replication.Options{})
	s.target().Write("four")
	s.primary().Write("five")
	keys(t, s.target(), "keys of shop/db1", "one", "two", "three", "four")
	keys(t, s.primary(), "keys of shop/db1", "one", "two", "three", "five")
}

// TestCopyOutlivesACrash: a copy that came into memory is in no file of the replica's. A disable writes it to one, or the
// first crash of the new server would bring back what it had before it became a replica.
func TestCopyOutlivesACrash(t *testing.T) {
	s := enabled(t, "7.0.15", commandDisable, "db2")
	s.primary().Write("one")
	s.do(commandDisable, replication.Options{})
	s.target().Crash()
	keys(t, s.target(), "keys of shop/db1", "one")
}

// TestCopyThatCannotBeSaved: the disable says so and does not end as if all was well; once there is room, it goes on.
func TestCopyThatCannotBeSaved(t *testing.T) {
	for why, says := range map[string]string{
		"MISCONF Errors writing to disk": "MISCONF Errors writing to disk",
		"failed":                         "could not be written to /var/lib/redis/redis-6379: its log says why",
	} {
		s := enabled(t, "7.0.15", commandDisable, "db2")
		s.target().Break("save", why)
		o := plan.Apply(t.Context(), s.Plan(), nil, plan.Options{})
		if o.Err == nil || o.RolledBack || !strings.HasPrefix(o.Err.Error(), "db2: ") || !strings.Contains(o.Err.Error(), says) {
			t.Errorf("%s: %+v", why, o)
		}
		s.target().Break("save", "")
		s.do(commandDisable, replication.Options{})
		s.target().Crash()
		keys(t, s.target(), "keys of shop/db1")
	}
}

// TestSnapshotUnderWay: one that began before the last of the data is waited for, and another is made.
func TestSnapshotUnderWay(t *testing.T) {
	s := enabled(t, "7.0.15", commandDisable, "db2")
	s.primary().Write("one")
	s.target().Break("save", "under way")
	s.do(commandDisable, replication.Options{})
	s.target().Crash()
	keys(t, s.target(), "keys of shop/db1", "one")
}

// TestRewrittenConfiguration: an administrator who runs CONFIG REWRITE copies what Belt's file says into the main one. The
// servers start with that, and a disable takes it out of both.
func TestRewrittenConfiguration(t *testing.T) {
	for name, build := range map[string]func() *scene{
		"within, 60": func() *scene { return newScene(t, "6.0.16", commandEnable, "db2") },
		"within": func() *scene {
			s := newScene(t, "7.0.15", commandEnable, "db2")
			s.primary().Configure("bind 127.0.0.1 -::1")
			s.options.KeepWAL = 512 << 20
			return s
		},
		"between": func() *scene { return between(t, "7.0.15") },
	} {
		for _, promotes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, promoted %v", name, promotes), func(t *testing.T) {
				s := build()
				before := map[*redistest.Server]string{}
				for _, m := range s.members {
					before[m] = m.Settings()
				}
				s.do(commandEnable, s.options)
				rewrite := func() {
					for _, m := range s.members {
						m.Rewrite()
						m.Crash()
					}
				}
				rewrite()
				s.primary().Write("one")
				keys(t, s.target(), "keys of shop/db1", "one")
				off := *s
				if promotes {
					s.do(commandPromote, replication.Options{})
					rewrite()
					off.targets = s.members[:1]
				}
				off.do(commandDisable, replication.Options{})
				for _, m := range s.members {
					m.Crash()
					if d := cmp.Diff(before[m], m.Settings()); d != "" {
						t.Errorf("%s/%s (-want +got):\n%s", m.App, m.Name, d)
					}
				}
			})
		}
	}
}

// TestOwnPassword: one for a primary that the operator has in the files, for a day on which the server is to be a replica, is in
// force again after a disable.
func TestOwnPassword(t *testing.T) {
	s := newScene(t, "7.0.15", commandEnable, "db2")
	for _, m := range s.members {
		m.Configure("masterauth for-another-day")
	}
	s.do(commandEnable, replication.Options{})
	s.do(commandPromote, replication.Options{})
	off := *s
	off.targets = s.members[:1]
	off.do(commandDisable, replication.Options{})
	for _, m := range s.members {
		if !strings.Contains(m.Settings(), "\nmasterauth for-another-day\n") {
			t.Errorf("%s: %s", m.Name, m.Settings())
		}
	}
}

// TestPrimaryThatCannotSave: one of a release that opens a port at its start only would not stop for a restart, on a full disk.
// It is not asked to, and goes on as it was.
func TestPrimaryThatCannotSave(t *testing.T) {
	s := newScene(t, "6.0.16", commandEnable, "db2")
	s.primary().Configure("bind 127.0.0.1 ::1")
	s.primary().Break("save", "failed")
	before, runs := s.Snapshot(), s.primary().Runs()
	o := plan.Apply(t.Context(), s.Plan(), nil, plan.Options{})
	if o.Err == nil || !o.RolledBack || !strings.Contains(o.Err.Error(), "could not be written to") {
		t.Fatalf("%+v", o)
	}
	if d := cmp.Diff(before, s.Snapshot()); d != "" {
		t.Errorf("the world (-want +got):\n%s", d)
	}
	if s.primary().Runs() != runs {
		t.Error("the primary was restarted")
	}
}
