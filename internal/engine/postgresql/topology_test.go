package postgresql

import (
	"errors"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// unreachable are the facts of a server that could not be asked.
func unreachable(server string) replication.Facts {
	return replication.Facts{Node: node(server), Err: &remote.UnreachableError{Server: server, Addr: node(server).External, Err: errors.New("no route to host")}}
}

func TestTopologyOfRealServers(t *testing.T) {
	cases := map[string]struct {
		state   replication.State // of db2; empty: standalone
		problem string
		lag     bool // can be known
		fix     string
		left    []string
	}{
		"fresh":          {},
		"seeding":        {state: replication.Seeding, left: []string{`"db replicate enable" for shop/db2, begun and not finished`}},
		"unfinished":     {state: replication.Broken, problem: "did not finish", left: []string{`"db replicate enable" for shop/db2, begun and not finished`}},
		"healthy":        {state: replication.Streaming, lag: true},
		"healthy-glance": {state: replication.Streaming, lag: true},
		"stopped":        {state: replication.Stopped, problem: "is not running", fix: "belt db replicate resync shop/postgresql --replica db2"},
		"lost":           {state: replication.Broken, problem: "no longer has the WAL", fix: "belt db replicate resync shop/postgresql --replica db2"},
		"promoted":       {state: replication.Diverged, problem: "takes writes of its own", fix: "belt db replicate resync shop/postgresql --replica db2"},
	}
	eachMajor(t, func(t *testing.T, major int) {
		for name, c := range cases {
			members := pair(t, major, name)
			orders := [][]replication.Facts{members, {members[1], members[0]}}
			if name == "fresh" {
				orders = orders[:1] // nobody replicates: the first is the primary
			}
			for _, order := range orders {
				top := New().Topology("shop/postgresql", order)
				if top.Primary == nil || top.Primary.Node.Server != "db1" {
					t.Errorf("%s: the primary is %+v", name, top.Primary)
					continue
				}
				if len(top.Problems) > 0 {
					t.Errorf("%s: problems %q", name, top.Problems)
				}
				if c.state == "" {
					if len(top.Standalone) != 1 || len(top.Replicas) != 0 || len(top.Leftovers) != 0 {
						t.Errorf("%s: %+v", name, top)
					}
					continue
				}
				if len(top.Replicas) != 1 {
					t.Errorf("%s: replicas %+v", name, top.Replicas)
					continue
				}
				r := top.Replicas[0]
				if r.State != c.state || !strings.Contains(r.Problem, c.problem) || c.problem == "" && c.lag && r.Problem != "" {
					t.Errorf("%s: %s, %q", name, r.State, r.Problem)
				}
				if known := r.LagBytes != nil && r.LagSeconds != nil; known != c.lag || (r.LagBytes == nil) != (r.LagSeconds == nil) {
					t.Errorf("%s: the lag is %v, %v", name, r.LagBytes, r.LagSeconds)
				}
				if c.fix != "" && r.Fix != c.fix {
					t.Errorf("%s: fix %q", name, r.Fix)
				}
				var left []string
				for _, l := range top.Leftovers {
					left = append(left, l.What)
				}
				if strings.Join(left, "\n") != strings.Join(c.left, "\n") {
					t.Errorf("%s: leftovers %q", name, left)
				}
				if healthy := c.state == replication.Streaming; top.Healthy() != healthy {
					t.Errorf("%s: healthy is %v", name, top.Healthy())
				}
			}
		}
	})
}

func TestTopologyWithoutOneOfTheServers(t *testing.T) {
	healthy := pair(t, 15, "healthy")
	t.Run("the replica cannot be reached", func(t *testing.T) {
		top := New().Topology("shop/postgresql", []replication.Facts{healthy[0], unreachable("db2")})
		if top.Primary == nil || top.Primary.Node.Server != "db1" || len(top.Replicas) != 1 {
			t.Fatalf("%+v", top)
		}
		r := top.Replicas[0]
		if r.State != replication.Broken || !strings.Contains(r.Problem, "no route to host") || r.LagBytes != nil || r.LagSeconds != nil {
			t.Errorf("%+v", r)
		}
	})
	t.Run("the primary cannot be reached", func(t *testing.T) {
		for _, members := range [][]replication.Facts{{unreachable("db1"), healthy[1]}, {healthy[1], unreachable("db1")}} {
			top := New().Topology("shop/postgresql", members)
			if top.Primary == nil || top.Primary.Node.Server != "db1" {
				t.Fatalf("the replica follows db1, so that is the primary: %+v", top.Primary)
			}
			if len(top.Problems) != 1 || !strings.Contains(top.Problems[0], "cannot be asked") || top.Healthy() {
				t.Errorf("problems %q", top.Problems)
			}
			if r := top.Replicas[0]; r.State == replication.Streaming || r.LagBytes != nil || r.LagSeconds != nil {
				t.Errorf("nobody knows how it is doing: %+v", r)
			}
		}
	})
	t.Run("the primary is stopped", func(t *testing.T) {
		s := enabled(t, 15, commandDisable, "db2")
		s.primary().Stop()
		top := s.status()
		if top.Primary == nil || top.Primary.Node.Server != "db1" || len(top.Problems) != 1 || !strings.Contains(top.Problems[0], "down") {
			t.Fatalf("%+v", top)
		}
		if r := top.Replicas[0]; r.State.Healthy() || r.LagBytes != nil {
			t.Errorf("%+v", r)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		top := New().Topology("shop/postgresql", []replication.Facts{healthy[1]})
		if top.Primary != nil || len(top.Problems) == 0 || top.Healthy() {
			t.Errorf("%+v", top)
		}
	})
}

// TestClonedServers: servers made from one image have machine id, host keys and system identifier in common.
func TestClonedServers(t *testing.T) {
	s := newScene(t, 15, commandEnable, "db2")
	s.target().Clone(s.primary())
	facts := s.facts(replication.Survey)
	if facts[0].Identity != facts[1].Identity || facts[0].Host.MachineID != facts[1].Host.MachineID {
		t.Fatal("they are no clones")
	}
	if facts[0].Instance == facts[1].Instance {
		t.Error("two running servers count as one")
	}
	top := s.status()
	if top.Primary == nil || top.Primary.Node.Server != "db1" || len(top.Standalone) != 1 || len(top.Replicas) != 0 {
		t.Errorf("a clone is no replica: %+v", top)
	}
	for _, c := range s.Plan().Checks {
		if c.Name == "identity" && !c.OK {
			t.Errorf("a clone was taken for the primary itself: %s", c.Detail)
		}
	}
}

// TestTheFileNeverOverrulesTheServers: what replicates decides who is primary.
func TestTheFileNeverOverrulesTheServers(t *testing.T) {
	s := enabled(t, 15, commandDisable, "db2", "db3")
	for i, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {1, 2, 0}} {
		facts := s.facts(replication.Glance)
		top := New().Topology("shop/postgresql", []replication.Facts{facts[order[0]], facts[order[1]], facts[order[2]]})
		if top.Primary == nil || top.Primary.Node.Server != "db1" || len(top.Replicas) != 2 || !top.Healthy() {
			t.Errorf("order %d: %+v", i, top)
		}
	}
	// A replica that was promoted by accident takes writes too; the one that feeds another is the primary.
	s.targets[0].Promote()
	for i, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}} {
		facts := s.facts(replication.Glance)
		top := New().Topology("shop/postgresql", []replication.Facts{facts[order[0]], facts[order[1]], facts[order[2]]})
		if top.Primary == nil || top.Primary.Node.Server != "db1" {
			t.Errorf("order %d: the primary is %+v", i, top.Primary.Node)
			continue
		}
		for _, r := range top.Replicas {
			if want := map[string]replication.State{"db2": replication.Diverged, "db3": replication.Streaming}[r.Facts.Node.Server]; r.State != want {
				t.Errorf("order %d: %s is %s", i, r.Facts.Node.Server, r.State)
			}
		}
	}
}
