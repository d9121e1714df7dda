package mongodb

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// The primary restarts once, says so, and goes on with its clients' way in and its data; its configuration keeps its
// comments.
func TestEnableKeepsClientsAndComments(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	before := s.primary().Started()
	p := s.Plan()
	disrupts := 0
	for _, step := range p.Steps {
		if step.Server == "db1" && step.Disrupts != "" {
			disrupts++
		}
	}
	if disrupts != 1 || p.Estimate.PrimaryUnavailableSeconds == 0 {
		t.Errorf("%d steps of the plan disrupt the primary; unavailable for %v s", disrupts, p.Estimate.PrimaryUnavailableSeconds)
	}
	if o := plan.Apply(t.Context(), p, nil, plan.Options{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	if s.primary().Started() == before {
		t.Error("the primary did not restart: how does it know its set?")
	}
	started := s.primary().Started()
	s.primary().Write(int32(1)) // without a login, as before
	conf, _ := s.primary().File(mongotest.Conf)
	for _, want := range []string{"# Where and how to store data.", "replSetName: rs0", "transitionToAuth: true", "keyFile: /etc/mongod-27017.belt-key"} {
		if !strings.Contains(conf, want) {
			t.Errorf("mongod.conf of the primary lacks %q:\n%s", want, conf)
		}
	}
	if votes := s.primary().Votes(); votes["10.0.0.21:27017"] != 1 || votes["10.0.0.22:27017"] != 0 || len(votes) != 2 {
		t.Errorf("votes: %v", votes)
	}
	s.target().Stop() // losing the replica makes nobody read-only
	s.primary().Write(int32(2))
	if s.primary().Started() != started {
		t.Error("the primary restarted more than once")
	}
}

// A replica that was written to outside of its set, and stopped, is not taken for one that only has to catch up: MongoDB
// would not notice what it has of its own.
func TestStoppedOutsideOfTheSet(t *testing.T) {
	s := enabled(t, commandResync, "db2")
	s.outside()
	if notes := strings.Join(s.Plan().Notes, "\n"); !strings.Contains(notes, "db2: full, because it last ran outside of the set") {
		t.Errorf("notes: %s", notes)
	}
	s.do(commandResync, replication.Options{})
	if n := s.target().Count("shop", "orders"); n != 0 {
		t.Errorf("the replica has %d documents that its primary has not", n)
	}
}

func TestVotes(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.do(commandEnable, replication.Options{Votes: true})
	if votes := s.primary().Votes(); votes["10.0.0.22:27017"] != 0 {
		t.Errorf("two voters: %v", votes)
	}
	s = newScene(t, commandEnable, "db2", "db3")
	s.do(commandEnable, replication.Options{Votes: true})
	total := 0
	for _, v := range s.primary().Votes() {
		total += v
	}
	if total != 3 {
		t.Errorf("votes %v", s.primary().Votes())
	}
	// The loss of one of three is borne; and one that leaves takes another vote with it.
	s.targets[1].Stop()
	s.primary().Write(int32(1))
	s.targets[1].Start()
	s.targets = s.targets[:1]
	s.do(commandDisable, replication.Options{})
	total = 0
	for _, v := range s.primary().Votes() {
		total += v
	}
	if votes := s.primary().Votes(); total != 1 || len(votes) != 2 {
		t.Errorf("after one left: %v", votes)
	}
}

func TestExistingSetIsJoined(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.primary().Initiate("mine", "10.0.0.21:27017")
	started := s.primary().Started()
	s.do(commandEnable, replication.Options{})
	if s.primary().Started() != started {
		t.Error("the primary of a set restarted")
	}
	if r := s.replica(); r.State != replication.Streaming {
		t.Errorf("%s: %s", r.State, r.Problem)
	}
	if conf, _ := s.target().File(mongotest.Conf); !strings.Contains(conf, "replSetName: mine") || strings.Contains(conf, "keyFile") {
		t.Errorf("the replica's mongod.conf:\n%s", conf)
	}
	s = newScene(t, commandEnable, "db2")
	s.primary().Initiate("mine", "127.0.0.1:27017")
	if got := s.refused(commandEnable, replication.Options{}); !strings.Contains(got, "hosts db1: the set calls it 127.0.0.1:27017") {
		t.Errorf("refused: %q", got)
	}
}

// A standalone that is started with the configuration of a set in its data lets no document expire.
func TestDocumentsExpireAfterwards(t *testing.T) {
	s := enabled(t, commandDisable, "db2")
	s.do(commandDisable, replication.Options{Standalone: true})
	for _, m := range s.members {
		if !m.Expires() {
			t.Errorf("%s lets no document expire", m.Name)
		}
	}
}

// A primary that is killed after it became a set has what came last only in its oplog, which a standalone does not read.
func TestPrimaryThatWasKilledKeepsAll(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	p := s.Plan()
	for i := range p.Steps {
		if p.Steps[i].ID == "start.db2" {
			p.Steps[i].Do = func(context.Context, plan.Progress) error {
				s.primary().Write(int32(1))
				s.primary().Crash()
				return errors.New("the power failed")
			}
		}
	}
	if o := plan.Apply(t.Context(), p, nil, plan.Options{}); !o.RolledBack {
		t.Fatalf("%v: %v", o.Err, o.Left)
	}
	s.primary().Write(int32(2))
	if n := s.primary().Count("shop", "orders"); n != 2 {
		t.Errorf("it has %d documents", n)
	}
}

// An initiate that fails leaves the primary a standalone, without a set's left-overs.
func TestInitiateFails(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	before := s.Snapshot()
	s.primary().Break("initiate", "No host described in new configuration maps to this node")
	o := s.apply()
	if o.Err == nil || !strings.Contains(o.Err.Error(), "has db1 a way to itself at 10.0.0.21:27017?") || !o.RolledBack {
		t.Fatalf("%v, rolled back %v", o.Err, o.RolledBack)
	}
	s.primary().Break("initiate", "")
	for name, was := range before {
		if now := s.Snapshot()[name]; now != was {
			t.Errorf("%s: %s, it was %s", name, now, was)
		}
	}
	s.primary().Write(int32(1))
}

func TestSyncThatFailsIsRolledBack(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.target().Break("sync", "no space left on device")
	o := s.apply()
	if o.Err == nil || !strings.Contains(o.Err.Error(), "no space left on device") || !o.RolledBack {
		t.Fatalf("%v, rolled back %v: %v", o.Err, o.RolledBack, o.Left)
	}
	if n := s.target().Count("shop", "marks"); n != 1 {
		t.Errorf("the replica's own data has %d documents", n)
	}
}

func TestStates(t *testing.T) {
	s := enabled(t, commandResync, "db2")
	check := func(want replication.State, problem string) {
		t.Helper()
		r := s.replica()
		if r.State != want || !strings.Contains(r.Problem, problem) {
			t.Errorf("%s, %q; want %s, %q", r.State, r.Problem, want, problem)
		}
		if want != replication.Streaming && want != replication.CatchingUp && r.LagSeconds != nil {
			t.Errorf("%s with lag %v", r.State, *r.LagSeconds)
		}
	}
	check(replication.Streaming, "")
	s.target().Hold(true)
	for i := range int32(15) {
		s.primary().Write(i)
	}
	check(replication.CatchingUp, "")
	if r := s.replica(); r.LagSeconds == nil || *r.LagSeconds < 10 || r.LagBytes == nil || *r.LagBytes == 0 {
		t.Errorf("lag %v, %v", r.LagSeconds, r.LagBytes)
	}
	s.primary().Forget()
	s.target().Hold(false)
	check(replication.Broken, "oplog does not reach back")
	s.do(commandResync, replication.Options{})
	check(replication.Streaming, "")
	s.target().Stop()
	check(replication.Stopped, "not running")
}

// A member that ran outside of its set and was written to differs from its primary, and its oplog does not show it. Undo of
// the resync that mended it makes it what it was, and status tells.
func TestUndoOfAResyncThatMended(t *testing.T) {
	s := enabled(t, commandResync, "db2")
	s.outside()
	s.target().Start()
	found := s.replica()
	s.do(commandResync, replication.Options{})
	if r := s.replica(); r.State != replication.Streaming {
		t.Fatalf("resync did not mend it: %+v", r)
	}
	s.do("db replicate undo", replication.Options{})
	if r := s.replica(); r.State != found.State || r.State == replication.Streaming || r.Problem != found.Problem {
		t.Errorf("it is %s (%s), and was %s (%s)", r.State, r.Problem, found.State, found.Problem)
	}
	s.do(commandResync, replication.Options{})
	if r := s.replica(); r.State != replication.Streaming {
		t.Errorf("resync does not mend it again: %+v", r)
	}
}

// After an unclean shutdown a mongod is wrong about how many documents a collection has: they are counted before a replica is
// said to differ.
func TestMiscountedPrimary(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.primary().Miscount("shop", "marks", 3)
	s.do(commandEnable, replication.Options{})
	if r := s.replica(); r.State != replication.Streaming {
		t.Errorf("%s: %s", r.State, r.Problem)
	}
}
