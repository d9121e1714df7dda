package postgresql

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/engine/postgresql/pgtest"
	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

// leafKey is the leaf of a chain, as the inventory names it.
const leafKey = "shop-ap/db1"

// chain boots shop/db1 with its replica shop-eu/db1, and shop-ap/db1, which is to replicate from that.
func chain(t *testing.T, version int, command string) *scene {
	t.Helper()
	s := between(t, version)
	s.do(commandEnable, replication.Options{})
	leaf := s.Add("shop-ap", "db1")
	s.members = append(s.members, leaf)
	s.targets = []*pgtest.Server{leaf}
	s.sources = map[string]string{leafKey: "shop-eu/db1"}
	s.command = command
	return s
}

// chained is a chain that is whole.
func chained(t *testing.T, version int, command string) *scene {
	t.Helper()
	s := chain(t, version, command)
	s.do(commandEnable, replication.Options{})
	return s
}

func (s *scene) middle() *pgtest.Server { return s.members[1] }
func (s *scene) leaf() *pgtest.Server   { return s.members[2] }

// at makes another member the command's target.
func (s *scene) at(m *pgtest.Server) *scene {
	s.targets = []*pgtest.Server{m}
	return s
}

func init() {
	scenes["enable/chain"] = func(t *testing.T) *scene { return chain(t, 15, commandEnable) }
	scenes["enable/chain/restart"] = func(t *testing.T) *scene {
		s := chain(t, 15, commandEnable)
		s.middle().AlterSystem("listen_addresses", "localhost")
		return s
	}
	scenes["disable/chain"] = func(t *testing.T) *scene { return chained(t, 15, commandDisable) }
	scenes["undo/chain"] = func(t *testing.T) *scene { return chained(t, 15, "db replicate undo").once() }
	scenes["resync/chain/stopped"] = func(t *testing.T) *scene {
		s := chained(t, 15, commandResync)
		s.leaf().Stop()
		s.primary().Write("written while it was away")
		return s
	}
	scenes["resync/chain/promoted"] = func(t *testing.T) *scene {
		s := chained(t, 15, commandResync)
		s.leaf().Promote()
		s.leaf().Write("a row of its own")
		s.primary().Write("written meanwhile")
		return s
	}
	scenes["resync/chain/lost"] = func(t *testing.T) *scene {
		s := chained(t, 15, commandResync)
		s.leaf().Stop()
		s.middle().DropSlot(leafName)
		return s
	}
	scenes["promote/chain"] = func(t *testing.T) *scene {
		s := chained(t, 15, commandPromote)
		return s.at(s.middle())
	}
}

// leafName is what is made for shop-ap/db1.
var leafName = replicaName(replication.Node{App: "shop-ap", Server: "db1"})

func TestChain(t *testing.T) {
	for _, major := range majors {
		s := chain(t, major, commandEnable)
		s.primary().Write("one")
		s.do(commandEnable, replication.Options{})
		s.primary().Write("two")
		rows(t, s.leaf(), "rows of shop/db1", "one", "two")
		top := s.status()
		if r := replicatest.Find(t, top, leafKey); !top.Healthy() || len(top.Leftovers) > 0 || r.Source.Key() != "shop-eu/db1" || r.Facts.Follows != s.middle().External+":5432" {
			t.Errorf("PostgreSQL %d: %+v", major, top)
		}
		for _, command := range []string{commandEnable, commandResync} {
			s.command = command
			if p := s.Plan(); len(p.Steps) > 0 || p.Refusal() != nil {
				t.Errorf("PostgreSQL %d: %s of a healthy leaf has %d steps, %v", major, command, len(p.Steps), p.Refusal())
			}
		}
		s.do(commandDisable, replication.Options{})
		s.primary().Write("three")
		s.leaf().Write("of its own")
		rows(t, s.middle(), "rows of shop/db1", "one", "two", "three")
		rows(t, s.leaf(), "rows of shop/db1", "one", "two", "of its own")
		if top := s.status(); !top.Healthy() || len(top.Leftovers) > 0 || len(top.Replicas) != 1 {
			t.Errorf("PostgreSQL %d, after disable: %+v", major, top)
		}
	}
}

// A leaf whose middle does not follow is not well, however close to that it is.
func TestChainOfAStoppedMiddle(t *testing.T) {
	s := chained(t, 15, commandResync)
	s.middle().Stop()
	r := replicatest.Find(t, s.status(), leafKey)
	if r.State != replication.Broken || r.LagBytes != nil || !strings.Contains(r.Problem, "shop-eu/db1, which it replicates from, is stopped") {
		t.Errorf("%s, %v, %q", r.State, r.LagBytes, r.Problem)
	}
	s.middle().Start()
	if top := s.status(); !top.Healthy() {
		t.Errorf("%+v", top)
	}
	s.middle().Promote()
	r = replicatest.Find(t, s.status(), leafKey)
	if r.State != replication.Broken || r.LagBytes != nil || !strings.Contains(r.Problem, "is diverged") {
		t.Errorf("%s, %v, %q", r.State, r.LagBytes, r.Problem)
	}
	refuses(t, s, "primary") // what the leaf would be mended to is no replica

	s.at(s.middle()).do(commandResync, replication.Options{})
	s.at(s.leaf()).do(commandResync, replication.Options{})
	s.primary().Write("after all")
	rows(t, s.leaf(), "rows of shop/db1", "after all")
	replicatest.Well(t, s.status())
}

// The middle stays the source of its replica while it is mended.
func TestChainMendsItsMiddle(t *testing.T) {
	s := chained(t, 15, commandResync)
	s.at(s.middle()).options.Method = methodFull
	p := s.Plan()
	if p.Refusal() != nil || !slices.ContainsFunc(p.Notes, func(n string) bool { return strings.Contains(n, "belt db replicate resync shop-ap/postgresql") }) {
		t.Errorf("%v, notes %q", p.Refusal(), p.Notes)
	}
	s.do(commandResync, replication.Options{Method: methodFull})
	s.at(s.leaf()).do(commandResync, replication.Options{})
	s.primary().Write("one")
	rows(t, s.leaf(), "rows of shop/db1", "one")
}

func TestChainPromotes(t *testing.T) {
	s := chained(t, 15, commandPromote)
	refuses(t, s, "primary") // the leaf
	s.at(s.middle()).do(commandPromote, replication.Options{})
	s.middle().Write("one")
	for _, m := range s.members {
		rows(t, m, "rows of shop/db1", "one")
	}
	top := s.status()
	if r := replicatest.Find(t, top, leafKey); !top.Healthy() || len(top.Leftovers) > 0 || r.Source.Key() != "shop-eu/db1" {
		t.Errorf("%+v", top)
	}

	// And a chain whose head changes keeps its leaf, too.
	s.sources = nil // belt.yaml is turned round: shop-eu is the source of both
	s.at(s.primary()).do(commandPromote, replication.Options{})
	s.primary().Write("two")
	for _, m := range s.members {
		rows(t, m, "rows of shop/db1", "one", "two")
	}
	replicatest.Well(t, s.status())
}

// With all above it gone, a leaf is not taken for the middle's heir while the primary may come back.
func TestChainAllAboveLost(t *testing.T) {
	s := chained(t, 15, commandPromote)
	s.primary().Down(true)
	s.middle().Down(true)
	s.options.Lost = true
	refuses(t, s, "primary")
}

func TestGoldenChain(t *testing.T) {
	for name, command := range map[string]string{"enable": commandEnable, "disable": commandDisable} {
		s := chain(t, 15, commandEnable)
		if command == commandDisable {
			s.do(commandEnable, replication.Options{})
		}
		s.command, *s.runs = command, 0
		p, err := s.planned()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "plans/15/"+name+"-chain.golden", plantest.Text(p))
	}
}

// Disabling a leaf with its middle out of reach leaves what is there, and takes the role away.
func TestChainDisabledWithoutItsMiddle(t *testing.T) {
	s := chained(t, 15, commandDisable)
	s.middle().Down(true)
	s.options.SkipChecks = []string{"reach"}
	if o := plan.Apply(t.Context(), s.Plan(), nil, plan.Options{}); o.Err != nil {
		t.Fatal(o.Err)
	}
	s.middle().Down(false)
	s.sources = nil // belt.yaml has it no more
	var left []string
	for _, l := range s.status().Leftovers {
		left = append(left, l.Server+": "+l.What)
	}
	if d := cmp.Diff([]string{"shop-eu/db1: replication slot " + leafName + " that no replica uses, holding 0 B of WAL"}, left); d != "" {
		t.Error(d)
	}
}

// A replica goes into a chain, and out of it, without a copy: belt.yaml says where to, and resync turns it.
func TestChainOfAnotherSource(t *testing.T) {
	s := chained(t, 15, commandResync)
	for _, sources := range []map[string]string{nil, s.sources} {
		s.sources = sources
		if r := replicatest.Find(t, s.status(), leafKey); r.State != replication.Broken || !strings.Contains(r.Problem, "it follows") {
			t.Errorf("%s, %q", r.State, r.Problem)
		}
		for _, step := range s.Plan().Steps {
			if strings.HasPrefix(step.ID, "seed.") {
				t.Errorf("it is copied: %s", step.Title)
			}
		}
		s.do(commandResync, replication.Options{})
		s.primary().Write("one more")
		replicatest.Well(t, s.status())
		if p := s.Plan(); len(p.Steps) > 0 {
			t.Errorf("again: %d steps", len(p.Steps))
		}
	}
	rows(t, s.leaf(), "rows of shop/db1", "one more", "one more")
}
