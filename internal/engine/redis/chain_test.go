package redis

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/redistest"
	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/replication"
)

// leafKey is the leaf of a chain, as the inventory names it.
const leafKey = "shop-ap/db1"

// chain boots shop/db1 with its replica shop-eu/db1, and shop-ap/db1, which is to replicate from that.
func chain(t *testing.T, version, command string) *scene {
	t.Helper()
	s := between(t, version)
	s.do(commandEnable, replication.Options{})
	leaf := s.Add("shop-ap", "db1")
	s.members = append(s.members, leaf)
	s.targets = []*redistest.Server{leaf}
	s.sources = map[string]string{leafKey: "shop-eu/db1"}
	s.command = command
	return s
}

// chained is a chain that is whole.
func chained(t *testing.T, version, command string) *scene {
	t.Helper()
	s := chain(t, version, command)
	s.do(commandEnable, replication.Options{})
	return s
}

func (s *scene) middle() *redistest.Server { return s.members[1] }
func (s *scene) leaf() *redistest.Server   { return s.members[2] }

// at makes another member the command's target.
func (s *scene) at(m *redistest.Server) *scene {
	s.targets = []*redistest.Server{m}
	return s
}

func init() {
	scenes["enable/chain"] = func(t *testing.T) *scene { return chain(t, "7.0.15", commandEnable) }
	scenes["enable/chain/60"] = func(t *testing.T) *scene { return chain(t, "6.0.16", commandEnable) }
	scenes["disable/chain"] = func(t *testing.T) *scene { return chained(t, "7.0.15", commandDisable) }
	scenes["undo/chain"] = func(t *testing.T) *scene { return chained(t, "7.0.15", commandUndo).once() }
	scenes["resync/chain/stopped"] = func(t *testing.T) *scene {
		s := chained(t, "7.0.15", commandResync)
		s.leaf().Stop()
		return s
	}
	scenes["resync/chain/middle"] = func(t *testing.T) *scene {
		s := chained(t, "7.0.15", commandResync)
		s.options.Method = methodFull
		return s.at(s.middle())
	}
	scenes["promote/chain"] = func(t *testing.T) *scene {
		s := chained(t, "7.0.15", commandPromote)
		return s.at(s.middle())
	}
}

func well(t *testing.T, s *scene) {
	t.Helper()
	replicatest.Well(t, s.status())
}

func TestChain(t *testing.T) {
	for _, version := range []string{"6.0.16", "6.2.14", "7.0.15", "8.0.2"} {
		s := chained(t, version, commandEnable)
		well(t, s)
		if r := replicatest.Find(t, s.status(), leafKey); r.Source.Key() != "shop-eu/db1" || !strings.HasPrefix(r.Facts.Follows, s.middle().External+":") {
			t.Errorf("Redis %s: %+v", version, r)
		}
		for _, command := range []string{commandEnable, commandResync} {
			s.command = command
			if p := s.Plan(); len(p.Steps) > 0 || p.Refusal() != nil {
				t.Errorf("Redis %s: %s of a healthy leaf has %d steps, %v", version, command, len(p.Steps), p.Refusal())
			}
		}
		s.do(commandDisable, replication.Options{})
		well(t, s)
		if top := s.status(); len(top.Replicas) != 1 {
			t.Errorf("Redis %s, after disable: %+v", version, top)
		}
	}
}

// The middle keeps what its own replica needs while it is mended, and over a restart.
func TestChainMendsItsMiddle(t *testing.T) {
	s := chained(t, "7.0.15", commandResync)
	s.middle().Stop()
	if r := replicatest.Find(t, s.status(), leafKey); r.State != replication.Broken || r.LagBytes != nil || !strings.Contains(r.Problem, "which it replicates from, is stopped") {
		t.Errorf("%s, %v, %q", r.State, r.LagBytes, r.Problem)
	}
	for _, method := range []string{"", methodFull} {
		s.at(s.middle()).do(commandResync, replication.Options{Method: method})
		s.middle().Crash() // and it starts again
		well(t, s)
	}
}

func TestChainPromotes(t *testing.T) {
	s := chained(t, "7.0.15", commandPromote)
	if p := s.Plan(); p.Refusal() == nil || !strings.Contains(p.Refusal().Error(), "itself a replica") {
		t.Errorf("the leaf is promoted: %v", p.Refusal())
	}
	s.at(s.middle()).do(commandPromote, replication.Options{})
	well(t, s)
	if r := replicatest.Find(t, s.status(), leafKey); r.Source.Key() != "shop-eu/db1" {
		t.Errorf("%+v", r)
	}
	s.sources = nil // belt.yaml is turned round: shop-eu is the source of both
	s.at(s.primary()).do(commandPromote, replication.Options{})
	well(t, s)
}

// A replica goes into a chain, and out of it: belt.yaml says where to, and resync turns it.
func TestChainOfAnotherSource(t *testing.T) {
	s := chained(t, "7.0.15", commandResync)
	for _, sources := range []map[string]string{nil, s.sources} {
		s.sources = sources
		if r := replicatest.Find(t, s.status(), leafKey); r.State != replication.Broken || !strings.Contains(r.Problem, "it follows") {
			t.Errorf("%s, %q", r.State, r.Problem)
		}
		s.do(commandResync, replication.Options{})
		well(t, s)
	}
}

// A replica that comes from the primary may be a moment ahead of the replica that it is to follow: that is no other history.
func TestAheadOfItsSource(t *testing.T) {
	n := &native{Info: map[string]string{
		"master_replid": "a", "repl_backlog_active": "1", "repl_backlog_first_byte_offset": "1", "master_repl_offset": "100", "master_link_status": "up",
	}}
	if gap := n.covers("a", 105); gap != "" {
		t.Errorf("of a replica that follows: %s", gap)
	}
	for _, link := range []string{"down", ""} {
		if n.Info["master_link_status"] = link; n.covers("a", 105) == "" {
			t.Errorf("with its link %q it has what its replica has", link)
		}
	}
}
