package replicatest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Engine is one that can do all that a plan is made for.
type Engine interface {
	replication.Engine
	replication.Promoter
	replication.Backuper
}

// Stage is a world of servers as one command of Belt's meets it.
type Stage struct {
	Engine  Engine
	Target  string // "shop/postgresql"
	Command string
	Run     string             // the run's id
	Members []replication.Node // the primary first
	Targets []replication.Node
	Options replication.Options
}

// Facts are what the engine sees of all servers.
func (s Stage) Facts(t testing.TB, depth replication.Depth) []replication.Facts {
	var out []replication.Facts
	for _, node := range s.Members {
		f := s.Engine.Inspect(t.Context(), guarded(node), depth)
		f.Node = node
		out = append(out, f)
	}
	return out
}

// Status is the topology now.
func (s Stage) Status(t testing.TB) replication.Topology {
	return s.Engine.Topology(s.Target, s.Facts(t, replication.Glance))
}

// Request is what the command's plan is made from now. A promotion is one of the first target, which the others are to reach.
func (s Stage) Request(t testing.TB) replication.Request {
	facts := s.Facts(t, replication.Survey)
	req := replication.Request{
		Command: s.Command, Run: s.Run, Topology: s.Engine.Topology(s.Target, facts), Links: map[string]replication.Link{}, Options: s.Options,
	}
	link := func(to, from replication.Facts) {
		key := from.Node.Key()
		to.Node, from.Node = guarded(to.Node), guarded(from.Node)
		req.Links[key] = s.Engine.Probe(t.Context(), to, from, "")
	}
	of := func(node replication.Node) replication.Facts {
		return facts[slices.IndexFunc(facts, func(f replication.Facts) bool { return f.Node.Same(node) })]
	}
	if s.Command == "db promote" {
		next := of(s.Targets[0])
		req.Targets = []replication.Facts{next}
		for _, f := range facts {
			if !f.Node.Same(next.Node) && f.Err == nil {
				link(next, f)
			}
		}
		return req
	}
	req.Topology = req.Topology.From(s.Targets[0].Source)
	for _, node := range s.Targets {
		f := of(node)
		req.Targets = append(req.Targets, f)
		if p := req.Topology.Primary; p != nil {
			link(*p, f)
		}
	}
	return req
}

// guarded is the node as the operations hand it out to be looked at.
func guarded(n replication.Node) replication.Node {
	n.Runner = remote.Guard(n.Runner)
	return n
}

// Plan is the engine's for a request.
func Plan(e Engine, req replication.Request) (plan.Plan, error) {
	switch req.Command {
	case "db replicate enable":
		return e.PlanEnable(req)
	case "db replicate disable":
		return e.PlanDisable(req)
	case "db replicate resync":
		return e.PlanResync(req)
	case "db replicate undo":
		return e.PlanUndo(req)
	case "db replicate cleanup":
		return e.PlanCleanup(req)
	case "db promote":
		return e.PlanPromote(req)
	}
	return plan.Plan{}, fmt.Errorf("no engine plans %q", req.Command)
}

// Restore asks for a backup in the place of the target's data; fetch fills a folder with it.
func Restore(req replication.Request, method, version string, fetch func(folder string) error) replication.RestoreRequest {
	req.Command = "db backup restore"
	return replication.RestoreRequest{
		Request: req, ID: "20260301t020000z", Method: method, Version: version, Bytes: 1000, From: "db3",
		Fetch: func(_ context.Context, _ replication.RebuildTool, folder string, report plan.Progress) error {
			report(1, 2, "")
			return fetch(folder)
		},
		Drop: func(context.Context) error { return nil },
	}
}

// Kept is how many old data folders the first target keeps, and whether no run is unfinished there.
func (s Stage) Kept(t testing.TB) (folders int, finished bool) {
	for _, f := range s.Facts(t, replication.Glance) {
		if f.Node.Same(s.Targets[0]) {
			return len(f.Kept), f.Unfinished == ""
		}
	}
	return 0, false
}

// Interrupt applies a plan up to a step, where belt is killed: nothing is undone.
func Interrupt(t testing.TB, p plan.Plan, step string) {
	t.Helper()
	i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.ID == step })
	if i < 0 {
		t.Fatalf("%s has no step %s", p.Command, step)
	}
	p.Steps[i].Do = func(context.Context, plan.Progress) error { return &plan.Detached{What: "killed"} }
	if o := plan.Apply(t.Context(), p, nil, plan.Options{}); !o.Detached {
		t.Fatalf("%s was not killed at %s: %v", p.Command, step, o.Err)
	}
}

// Find is the replica on a server, by its key.
func Find(t testing.TB, top replication.Topology, key string) replication.Replica {
	t.Helper()
	i := slices.IndexFunc(top.Replicas, func(r replication.Replica) bool { return r.Facts.Node.Key() == key })
	if i < 0 {
		t.Fatalf("%s is no replica: %+v", key, top)
	}
	return top.Replicas[i]
}

// Well fails the test where a replica does not follow, or something is left over.
func Well(t testing.TB, top replication.Topology) {
	t.Helper()
	if top.Healthy() && len(top.Leftovers) == 0 {
		return
	}
	for _, r := range top.Replicas {
		t.Errorf("%s: %s %q", r.Facts.Node.Label, r.State, r.Problem)
	}
	t.Errorf("problems %q, left over %v", top.Problems, top.Leftovers)
}
