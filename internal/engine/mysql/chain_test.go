package mysql

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mysql/mytest"
	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/replication"
)

// leafKey is the leaf of a chain, as the inventory names it.
const leafKey = "shop-ap/db1"

// chain boots shop/db1 with its replica shop-eu/db1, and shop-ap/db1, which is to replicate from that.
func chain(t *testing.T, p product, command string) *scene {
	t.Helper()
	s := between(t, p)
	s.do(commandEnable, replication.Options{})
	leaf := s.Add("shop-ap", "db1")
	s.members = append(s.members, leaf)
	s.targets = []*mytest.Server{leaf}
	s.sources = map[string]string{leafKey: "shop-eu/db1"}
	s.command = command
	return s
}

// chained is a chain that is whole.
func chained(t *testing.T, p product, command string) *scene {
	t.Helper()
	s := chain(t, p, command)
	s.do(commandEnable, replication.Options{})
	return s
}

func (s *scene) middle() *mytest.Server { return s.members[1] }
func (s *scene) leaf() *mytest.Server   { return s.members[2] }

// at makes another member the command's target.
func (s *scene) at(m *mytest.Server) *scene {
	s.targets = []*mytest.Server{m}
	return s
}

func init() {
	for name, p := range map[string]product{"": maria10, "/mysql": mysql9} {
		scenes["enable/chain"+name] = func(t *testing.T) *scene { return chain(t, p, commandEnable) }
		scenes["disable/chain"+name] = func(t *testing.T) *scene { return chained(t, p, commandDisable) }
		scenes["undo/chain"+name] = func(t *testing.T) *scene { return chained(t, p, commandUndo).once() }
		scenes["resync/chain/stopped"+name] = func(t *testing.T) *scene {
			s := chained(t, p, commandResync)
			s.leaf().Halt()
			s.primary().Write("written while it was away")
			return s
		}
		scenes["resync/chain/errant"+name] = func(t *testing.T) *scene {
			s := chained(t, p, commandResync)
			s.leaf().Write("a row of its own")
			return s
		}
		scenes["promote/chain"+name] = func(t *testing.T) *scene {
			s := chained(t, p, commandPromote)
			return s.at(s.middle())
		}
	}
}

func well(t *testing.T, s *scene) {
	t.Helper()
	replicatest.Well(t, s.status())
}

func TestChain(t *testing.T) {
	for _, p := range products() {
		t.Run(p.String(), func(t *testing.T) {
			s := chain(t, p, commandEnable)
			before := s.middle().Files.Read(s.middle().DropIn())
			s.primary().Write("one")
			s.do(commandEnable, replication.Options{})
			s.primary().Write("two")
			well(t, s)
			if r := replicatest.Find(t, s.status(), leafKey); r.Source.Key() != "shop-eu/db1" || r.Facts.Follows != s.middle().External+":3306" {
				t.Errorf("%+v", r)
			}
			for _, command := range []string{commandEnable, commandResync} {
				s.command = command
				if p := s.Plan(); len(p.Steps) > 0 || p.Refusal() != nil {
					t.Errorf("%s of a healthy leaf has %d steps, %v", command, len(p.Steps), p.Refusal())
				}
			}
			s.do(commandDisable, replication.Options{})
			well(t, s)
			if top := s.status(); len(top.Replicas) != 1 {
				t.Errorf("after disable: %+v", top)
			}
			if after := s.middle().Files.Read(s.middle().DropIn()); after != before {
				t.Errorf("the middle's options were\n%s\nand are\n%s", before, after)
			}
		})
	}
}

// The middle keeps what its own replica needs while it is mended, and over a restart.
func TestChainMendsItsMiddle(t *testing.T) {
	for _, p := range []product{maria10, mysql9} {
		s := chained(t, p, commandResync)
		s.middle().Halt()
		if r := replicatest.Find(t, s.status(), leafKey); r.State != replication.Broken || r.LagBytes != nil || !strings.Contains(r.Problem, "which it replicates from, is stopped") {
			t.Errorf("%s: %s, %v, %q", p, r.State, r.LagBytes, r.Problem)
		}
		s.at(s.middle()).do(commandResync, replication.Options{})
		s.primary().Write("after all")
		well(t, s)
		if options := s.middle().Files.Read(s.middle().DropIn()); !strings.Contains(options, "read_only = ON") || p.flavour == mariaDB && !strings.Contains(options, "ssl_cert") {
			t.Errorf("%s: the middle's options are\n%s", p, options)
		}
	}
}

func TestChainPromotes(t *testing.T) {
	for _, p := range []product{maria10, mysql9} {
		s := chained(t, p, commandPromote)
		if p := s.Plan(); p.Refusal() == nil || !strings.Contains(p.Refusal().Error(), "itself a replica") {
			t.Errorf("the leaf is promoted: %v", p.Refusal())
		}
		s.at(s.middle()).do(commandPromote, replication.Options{})
		s.middle().Write("one")
		well(t, s)
		if r := replicatest.Find(t, s.status(), leafKey); r.Source.Key() != "shop-eu/db1" {
			t.Errorf("%+v", r)
		}
		s.sources = nil // belt.yaml is turned round: shop-eu is the source of both
		s.at(s.primary()).do(commandPromote, replication.Options{})
		s.primary().Write("two")
		well(t, s)
	}
}

// A replica goes out of a chain, and into it again: belt.yaml says where to, and resync turns it.
func TestChainOfAnotherSource(t *testing.T) {
	for _, p := range []product{maria10, mysql9} {
		s := chained(t, p, commandResync)
		s.primary().Write("something")
		for _, sources := range []map[string]string{nil, s.sources} {
			s.sources = sources
			if r := replicatest.Find(t, s.status(), leafKey); r.State != replication.Broken || !strings.Contains(r.Problem, "it follows") {
				t.Errorf("%s: %s, %q", p, r.State, r.Problem)
			}
			for _, step := range s.Plan().Steps {
				if strings.HasPrefix(step.ID, "seed.") {
					t.Errorf("%s: it is copied: %s", p, step.Title)
				}
			}
			s.do(commandResync, replication.Options{})
			well(t, s)
		}
	}
}

// The copy of a replica stands where its binary log says, and in domains that are not in that where its data says.
func TestPositionOfACopyOfAReplica(t *testing.T) {
	for _, c := range []struct{ logged, data, want string }{
		{"0-1-105", "0-1-100,2-7-3", "0-1-105,2-7-3"},
		{"", "0-1-100", "0-1-100"},
		{"0-1-105", "", "0-1-105"},
	} {
		if got, err := within(c.logged, c.data); err != nil || got != c.want {
			t.Errorf("%q with %q: %q, %v, not %q", c.logged, c.data, got, err, c.want)
		}
	}
}

// What came with the copy of a MySQL is in no binary log, neither of its own nor of the replica that it follows: it is noted.
func TestStoppedCopyOfAReplica(t *testing.T) {
	const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	source := replication.Facts{Running: true, Replica: true, Native: &native{flavour: mySQL, Purged: uuid + ":1-10"}}
	for begins, lacks := range map[string]bool{uuid + ":1-10": false, uuid + ":1-9": true, "": false} {
		leaf := &native{flavour: mySQL, Executed: uuid + ":11-12", Told: true}
		leaf.Notes.Written = `{"begins": "` + begins + `"}`
		if missing(source, replication.Facts{Native: leaf}) != lacks {
			t.Errorf("a stopped one that begins at %q: that it lacks what was purged is %v", begins, !lacks)
		}
		if !missing(source, replication.Facts{Running: true, Native: leaf}) {
			t.Error("one that runs lacks what was purged")
		}
	}
}
