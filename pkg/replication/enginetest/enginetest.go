// Package enginetest is the conformance suite that every engine passes, against a fake of its servers and against real
// ones: what the commands rely on, whatever the engine.
package enginetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Fixture is a group of two fresh servers of one app that run, each with data of its own.
type Fixture struct {
	Engine replication.Engine
	Target string // "shop/postgresql"
	// Nodes are the primary to be and the replica to be, with runners that may change something.
	Nodes []replication.Node
	// Write adds data on the primary.
	Write func(t *testing.T)
	// Data tells what the second server holds, for an engine whose lineage of data is new with each start. Nil: its
	// identity tells.
	Data func() string
	// Crash ends the second server without a warning and starts it again, for an engine whose data may be in memory only.
	Crash func()
}

// Run runs the suite. build makes a new group for each test.
func Run(t *testing.T, build func(t *testing.T) Fixture) {
	for _, test := range []struct {
		name string
		run  func(*group)
	}{
		{"Inspect says who a server is", (*group).inspects},
		{"Inspect tells errors of the way", (*group).inspectFails},
		{"a fresh group has a primary and a server of its own", (*group).fresh},
		{"plans are pure", (*group).plansArePure},
		{"plans keep the contract", (*group).plansKeepTheContract},
		{"enable makes a replica, and then nothing", (*group).enables},
		{"disable makes a server of its own", (*group).disables},
		{"undo brings the old server back", (*group).undoes},
		{"promote swaps the roles, and swaps them back", (*group).promotes},
		{"a replica that cannot be reached has no lag", (*group).unreachable},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&group{T: t, Fixture: build(t)}) })
	}
}

// group is a fixture at work.
type group struct {
	*testing.T
	Fixture
	runs int
}

// facts inspects every server through a runner that only reads.
func (g *group) facts(depth replication.Depth) []replication.Facts {
	g.Helper()
	var out []replication.Facts
	for _, node := range g.Nodes {
		guarded := node
		guarded.Runner = remote.Guard(node.Runner)
		f := g.Engine.Inspect(g.Context(), guarded, depth)
		f.Node = node
		out = append(out, f)
	}
	return out
}

func (g *group) topology() replication.Topology {
	g.Helper()
	return g.Engine.Topology(g.Target, g.facts(replication.Glance))
}

// request is about the second server.
func (g *group) request(command string) replication.Request {
	g.Helper()
	g.runs++
	facts := g.facts(replication.Survey)
	req := replication.Request{
		Command: replicate(command), Run: fmt.Sprintf("run%d", g.runs), Topology: g.Engine.Topology(g.Target, facts),
		Targets: facts[1:2], Links: map[string]replication.Link{},
	}
	if p := req.Topology.Primary; p != nil {
		replica := facts[1]
		replica.Node.Runner = remote.Guard(replica.Node.Runner)
		req.Links[replica.Node.Key()] = g.Engine.Probe(g.Context(), *p, replica, "")
		if command == "promote" {
			old := facts[0]
			old.Node.Runner = remote.Guard(old.Node.Runner)
			req.Links = map[string]replication.Link{old.Node.Key(): g.Engine.Probe(g.Context(), facts[1], old, "")}
		}
	}
	return req
}

// replicate is the name of a command in full.
func replicate(command string) string {
	if command == "promote" {
		return "db promote"
	}
	return "db replicate " + command
}

func (g *group) planner(command string) func(replication.Request) (plan.Plan, error) {
	if p, ok := g.Engine.(replication.Promoter); ok && command == "promote" {
		return p.PlanPromote
	}
	return map[string]func(replication.Request) (plan.Plan, error){
		"enable": g.Engine.PlanEnable, "disable": g.Engine.PlanDisable, "resync": g.Engine.PlanResync,
		"undo": g.Engine.PlanUndo, "cleanup": g.Engine.PlanCleanup,
	}[command]
}

func (g *group) plan(command string) plan.Plan {
	g.Helper()
	p, err := g.planner(command)(g.request(command))
	if err != nil {
		g.Fatalf("plan %s: %v", command, err)
	}
	return p
}

func (g *group) apply(command string) {
	g.Helper()
	if o := plan.Apply(g.Context(), g.plan(command), nil, plan.Options{}); o.Err != nil {
		g.Fatalf("%s: %v", command, o.Err)
	}
}

// own tells which data the second server holds.
func (g *group) own() string {
	g.Helper()
	if g.Data != nil {
		return g.Data()
	}
	return g.facts(replication.Glance)[1].Identity
}

// replica is the one replica of the group, which has to be there.
func (g *group) replica() replication.Replica {
	g.Helper()
	top := g.topology()
	if top.Primary == nil || !top.Primary.Node.Same(g.Nodes[0]) || len(top.Replicas) != 1 {
		g.Fatalf("want %s with one replica: primary %v, replicas %v, problems %q", g.Nodes[0].Label, top.Primary, top.Replicas, top.Problems)
	}
	return top.Replicas[0]
}

// alone asserts that both are servers of their own, and that nothing was left.
func (g *group) alone() {
	g.Helper()
	top := g.topology()
	if top.Primary == nil || !top.Primary.Node.Same(g.Nodes[0]) || len(top.Replicas) > 0 || len(top.Standalone) != 1 {
		g.Fatalf("want two servers of their own: primary %v, replicas %v, standalone %d", top.Primary, top.Replicas, len(top.Standalone))
	}
	if f := top.Standalone[0]; !f.Running || !f.Writable || f.Replica || f.Unfinished != "" {
		g.Errorf("%s does not take writes of its own: %+v", f.Node.Label, f)
	}
	if len(top.Leftovers) > 0 || len(top.Problems) > 0 {
		g.Errorf("left over: %v, problems %q", top.Leftovers, top.Problems)
	}
}

// deaf is a runner that fails the test: what is pure asks nobody.
type deaf struct {
	remote.Runner
	t *testing.T
}

func (d deaf) Run(_ context.Context, cmd remote.Command) (remote.Result, error) {
	d.t.Errorf("a pure function ran %q", remote.Title(cmd))
	return remote.Result{Code: -1}, nil
}

// silence puts deaf runners into the request's facts.
func (g *group) silence(req replication.Request) replication.Request {
	mute := func(f replication.Facts) replication.Facts {
		f.Node.Runner = deaf{f.Node.Runner, g.T}
		return f
	}
	if p := req.Topology.Primary; p != nil {
		muted := mute(*p)
		req.Topology.Primary = &muted
	}
	req.Targets = slices.Clone(req.Targets)
	for i := range req.Targets {
		req.Targets[i] = mute(req.Targets[i])
	}
	return req
}
