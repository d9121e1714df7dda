package redis

import (
	"context"
	"fmt"
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/redistest"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

const commandDisable, commandUndo, commandCleanup = "db replicate disable", "db replicate undo", "db replicate cleanup"

// scene is one command on a world of servers: what a test plans, applies, and fails.
type scene struct {
	*redistest.World
	t       *testing.T
	engine  *Engine
	command string
	members []*redistest.Server
	targets []*redistest.Server
	options replication.Options
	runs    *int
	sources map[string]string // by the key of a server: that of the replica that it is to replicate from

	complete  func() bool // nil: the command may be repeated at any time
	keptFirst int
}

// newScene boots shop/db1, the primary, and the servers named, which are targets, with Redis of that version.
func newScene(t *testing.T, version, command string, targets ...string) *scene {
	t.Helper()
	return sceneOf(t, Redis, version, command, targets...)
}

// sceneOf is newScene with either flavour.
func sceneOf(t *testing.T, flavour, version, command string, targets ...string) *scene {
	t.Helper()
	s := &scene{World: redistest.New(t, flavour, version), t: t, engine: New(flavour), command: command, runs: new(int)}
	s.members = []*redistest.Server{s.Add("shop", "db1")}
	for _, name := range targets {
		s.targets = append(s.targets, s.Add("shop", name))
	}
	s.members = append(s.members, s.targets...)
	return s
}

// between boots shop/db1 and shop-eu/db1, which is to follow it.
func between(t *testing.T, version string) *scene {
	t.Helper()
	s := newScene(t, version, commandEnable)
	s.targets = []*redistest.Server{s.Add("shop-eu", "db1")}
	s.members = append(s.members, s.targets...)
	return s
}

func (s *scene) primary() *redistest.Server { return s.members[0] }
func (s *scene) target() *redistest.Server  { return s.targets[0] }
func (s *scene) home() string               { return s.targets[0].App }

func (s *scene) facts(depth replication.Depth) []replication.Facts {
	var out []replication.Facts
	for _, m := range s.members {
		node := m.Node(s.home())
		node.Source = s.sources[node.Key()]
		guarded := node
		guarded.Runner = remote.Guard(node.Runner)
		f := s.engine.Inspect(s.t.Context(), guarded, depth)
		f.Node = node
		out = append(out, f)
	}
	return out
}

// request is what the command's plan is made from now.
func (s *scene) request() replication.Request {
	*s.runs++
	facts := s.facts(replication.Survey)
	req := replication.Request{
		Command: s.command, Run: fmt.Sprintf("run%d", *s.runs), Topology: s.engine.Topology("shop/"+s.engine.flavour, facts),
		Links: map[string]replication.Link{}, Options: s.options,
	}
	if s.command == commandPromote {
		s.promoting(&req, facts)
		return req
	}
	req.Topology = req.Topology.From(s.sources[s.target().App+"/"+s.target().Name])
	for _, t := range s.targets {
		for _, f := range facts {
			if f.Node.Key() != t.App+"/"+t.Name {
				continue
			}
			req.Targets = append(req.Targets, f)
			if p := req.Topology.Primary; p != nil && s.command != commandDisable && s.command != commandUndo {
				from := f
				from.Node.Runner = remote.Guard(f.Node.Runner)
				req.Links[f.Node.Key()] = s.engine.Probe(s.t.Context(), *p, from, "")
			}
		}
	}
	return req
}

func (s *scene) planned() (plan.Plan, error) {
	plans := map[string]func(replication.Request) (plan.Plan, error){
		commandEnable: s.engine.PlanEnable, commandDisable: s.engine.PlanDisable, commandResync: s.engine.PlanResync,
		commandPromote: s.engine.PlanPromote, commandUndo: s.engine.PlanUndo, commandCleanup: s.engine.PlanCleanup,
	}
	if s.command == replica.CommandRestore {
		return s.engine.PlanRestore(s.restore())
	}
	return plans[s.command](s.request())
}

// restore is the request to put a backup of db1 in the place of the target's data.
func (s *scene) restore() replication.RestoreRequest {
	req := s.request()
	return replication.RestoreRequest{
		Request: req, ID: "20260301t020000z", Method: methodSnapshot, Version: req.Targets[0].Version, Bytes: 1000, From: "db3",
		Fetch: func(_ context.Context, _ replication.RebuildTool, folder string, report plan.Progress) error {
			report(1, 2, "")
			s.target().Restore(s.members[0], folder)
			return nil
		},
		Drop: func(context.Context) error { return nil },
	}
}

// more is a scene in which nobody repeats a command that was complete: a second restore would keep the first one's data.
func (s *scene) more() *scene {
	s.complete = func() bool {
		_, unfinished := s.target().File("/var/lib/belt/state/redis-6379.run")
		return !unfinished && s.kept() > s.keptFirst
	}
	s.keptFirst = s.kept()
	return s
}

// Plan is what plantest makes re-runs from.
func (s *scene) Plan() plan.Plan {
	if s.complete != nil && s.complete() {
		return plan.Plan{}
	}
	p, err := s.planned()
	if err != nil {
		s.t.Fatalf("%s: %v", s.command, err)
	}
	return p
}

// do applies another command's plan to the same world, without a failure.
func (s *scene) do(command string, options replication.Options) {
	s.t.Helper()
	other := *s
	other.command, other.options = command, options
	if o := plan.Apply(s.t.Context(), other.Plan(), nil, plan.Options{}); o.Err != nil {
		s.t.Fatalf("%s: %v", command, o.Err)
	}
}

// enabled is a scene in which the targets are healthy replicas already.
func enabled(t *testing.T, version, command string, targets ...string) *scene {
	t.Helper()
	s := newScene(t, version, command, targets...)
	s.do(commandEnable, replication.Options{})
	return s
}

// interrupt applies the plan up to a step, where belt is killed: nothing is undone.
func (s *scene) interrupt(command, step string) {
	s.t.Helper()
	other := *s
	other.command = command
	p := other.Plan()
	for i := range p.Steps {
		if p.Steps[i].ID == step {
			p.Steps[i].Do = func(context.Context, plan.Progress) error { return &plan.Detached{What: "killed"} }
			if o := plan.Apply(s.t.Context(), p, nil, plan.Options{}); !o.Detached {
				s.t.Fatalf("%s was not killed at %s: %v", command, step, o.Err)
			}
			return
		}
	}
	s.t.Fatalf("%s has no step %s", command, step)
}

// once is a scene in which nobody repeats a command that was complete: a second undo would go back one more.
func (s *scene) once() *scene {
	s.complete = func() bool {
		_, unfinished := s.target().File("/var/lib/belt/state/redis-6379.run")
		return !unfinished && s.kept() < s.keptFirst
	}
	s.keptFirst = s.kept()
	return s
}

// kept is how many old data folders the target keeps.
func (s *scene) kept() int {
	for _, f := range s.facts(replication.Glance) {
		if f.Node.Key() == s.target().App+"/"+s.target().Name {
			return len(f.Kept)
		}
	}
	return 0
}
