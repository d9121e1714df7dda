package mongodb

import (
	"testing"

	"github.com/dbbelt/belt/pkg/replication"
)

// A member is RECOVERING for a moment after each start, and after a rollback: it catches up by itself, and is not copied anew.
func TestRecoveringIsNoReasonForACopy(t *testing.T) {
	s := enabled(t, commandResync, "db2")
	s.target().Stop()
	s.primary().Write("written while it was away")
	before, _ := s.stage().Kept(t)
	s.target().Linger(4)
	s.do(commandResync, replication.Options{})
	after, _ := s.stage().Kept(t)
	if r := s.replica(); r.State != replication.Streaming || after != before {
		t.Errorf("%s (%s), with %d old data folders, %d before", r.State, r.Problem, after, before)
	}
	s.target().Stop()
	s.target().Linger(9)
	s.target().Start()
	if r := s.replica(); r.State != replication.CatchingUp || r.Problem != "" {
		t.Errorf("after its start: %s (%s)", r.State, r.Problem)
	}
}

// A new member has no feature compatibility version until its first copy, which is no reason not to tell how it is.
func TestNewMemberIsTold(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.interrupt(commandEnable, "sync.db2", replication.Options{})
	s.target().Hold(true)
	if f := s.facts(replication.Glance)[1]; !f.Running || f.Problem != "" {
		t.Errorf("running %v: %s", f.Running, f.Problem)
	}
	if r := s.replica(); r.State != replication.Seeding {
		t.Errorf("%s (%s)", r.State, r.Problem)
	}
}
