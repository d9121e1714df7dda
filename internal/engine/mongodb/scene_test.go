package mongodb

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// scene is one command on a world of servers: what a test plans, applies, and fails.
type scene struct {
	*mongotest.World
	t       *testing.T
	engine  *Engine
	command string
	members []*mongotest.Server
	targets []*mongotest.Server
	options replication.Options
	runs    *int

	complete  func() bool // nil: the command may be repeated at any time
	keptFirst int
}

// newScene boots shop/db1, the primary, and the servers named, which are targets.
func newScene(t *testing.T, command string, targets ...string) *scene {
	t.Helper()
	return newSceneOf(t, "4.4.6", command, targets...)
}

func newSceneOf(t *testing.T, version, command string, targets ...string) *scene {
	t.Helper()
	s := &scene{World: mongotest.New(t, version), t: t, engine: &Engine{}, command: command, runs: new(int)}
	s.members = []*mongotest.Server{s.Add("shop", "db1")}
	for _, name := range targets {
		s.targets = append(s.targets, s.Add("shop", name))
	}
	s.members = append(s.members, s.targets...)
	return s
}

func (s *scene) primary() *mongotest.Server { return s.members[0] }
func (s *scene) target() *mongotest.Server  { return s.targets[0] }

func (s *scene) facts(depth replication.Depth) []replication.Facts {
	var out []replication.Facts
	for _, m := range s.members {
		node := m.Node("shop")
		guarded := node
		guarded.Runner = remote.Guard(node.Runner)
		f := s.engine.Inspect(s.t.Context(), guarded, depth)
		f.Node = node
		out = append(out, f)
	}
	return out
}

// status is the topology now.
func (s *scene) status() replication.Topology {
	return s.engine.Topology("shop/mongodb", s.facts(replication.Glance))
}

// replica is the only replica there has to be.
func (s *scene) replica() replication.Replica {
	s.t.Helper()
	top := s.status()
	if top.Primary == nil || len(top.Replicas) != 1 {
		s.t.Fatalf("primary %v, %d replicas, problems %q", top.Primary, len(top.Replicas), top.Problems)
	}
	return top.Replicas[0]
}

// request is what the command's plan is made from now.
func (s *scene) request() replication.Request {
	*s.runs++
	facts := s.facts(replication.Survey)
	req := replication.Request{
		Command: s.command, Run: fmt.Sprintf("run%d", *s.runs), Topology: s.engine.Topology("shop/mongodb", facts),
		Links: map[string]replication.Link{}, Options: s.options,
	}
	for _, t := range s.targets {
		for _, f := range facts {
			if f.Node.Key() != t.App+"/"+t.Name || s.command == commandPromote && len(req.Targets) > 0 {
				continue
			}
			req.Targets = append(req.Targets, f)
			if p := req.Topology.Primary; p != nil {
				from, there := f, *p
				from.Node.Runner, there.Node.Runner = remote.Guard(f.Node.Runner), remote.Guard(p.Node.Runner)
				req.Links[f.Node.Key()] = s.engine.Probe(s.t.Context(), there, from, "")
			}
		}
	}
	return req
}

// planned makes the command's plan from the state of the world.
func (s *scene) planned() (plan.Plan, error) {
	plans := map[string]func(replication.Request) (plan.Plan, error){
		commandEnable: s.engine.PlanEnable, commandDisable: s.engine.PlanDisable, commandResync: s.engine.PlanResync,
		commandPromote: s.engine.PlanPromote, "db replicate undo": s.engine.PlanUndo, "db replicate cleanup": s.engine.PlanCleanup,
	}
	if s.command == replica.CommandRestore {
		return s.engine.PlanRestore(s.restore())
	}
	return plans[s.command](s.request())
}

// restore is the request to put a backup of db1 in the place of the target's data.
func (s *scene) restore() replication.RestoreRequest {
	return replication.RestoreRequest{
		Request: s.request(), ID: "20260301t020000z", Method: methodDump, Version: s.status().Primary.Version, Bytes: 1000, From: "db3",
		Fetch: func(_ context.Context, _ replication.RebuildTool, folder string, report plan.Progress) error {
			report(1, 2, "")
			return s.target().Restore(s.primary(), folder)
		},
		Drop: func(context.Context) error { return nil },
	}
}

// more is a scene in which nobody repeats a command that was complete: a second restore would keep the first one's data.
func (s *scene) more() *scene {
	s.complete = func() bool {
		_, unfinished := s.target().File("/var/lib/belt/state/mongodb-27017.run")
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

// apply applies the command's plan.
func (s *scene) apply() plan.Outcome {
	s.t.Helper()
	return plan.Apply(s.t.Context(), s.Plan(), nil, plan.Options{})
}

// do applies another command's plan to the same world, without a failure.
func (s *scene) do(command string, options replication.Options) {
	s.t.Helper()
	other := *s
	other.command, other.options = command, options
	if o := other.apply(); o.Err != nil {
		s.t.Fatalf("%s: %v", command, o.Err)
	}
}

// refused plans another command, and returns the checks that refuse it.
func (s *scene) refused(command string, options replication.Options) string {
	s.t.Helper()
	other := *s
	other.command, other.options = command, options
	p := other.Plan()
	var out []string
	for _, c := range p.Failed() {
		out = append(out, c.Name+" "+c.Server+": "+c.Detail)
	}
	return strings.Join(out, "\n")
}

// enabled is a scene in which the targets are healthy replicas already.
func enabled(t *testing.T, command string, targets ...string) *scene {
	t.Helper()
	s := newScene(t, command, targets...)
	s.do(commandEnable, replication.Options{})
	return s
}

// interrupt applies the plan up to a step, where belt is killed: nothing is undone.
func (s *scene) interrupt(command, step string, options replication.Options) {
	s.t.Helper()
	other := *s
	other.command, other.options = command, options
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
		_, unfinished := s.target().File("/var/lib/belt/state/mongodb-27017.run")
		return !unfinished && s.kept() < s.keptFirst
	}
	s.keptFirst = s.kept()
	return s
}

// kept is how many old data folders the target keeps.
func (s *scene) kept() int {
	for _, f := range s.facts(replication.Glance) {
		if f.Node.Key() == s.target().App+"/"+s.target().Name {
			return len(nativeOf(f).Kept)
		}
	}
	return 0
}

// outside has the target run outside of its set, take a write, and stop.
func (s *scene) outside() {
	s.target().Conf(func(text string) string {
		return strings.Replace(text, "  replSetName: rs0\n", "  oplogSizeMB: 990\n", 1)
	})
	s.target().Write("a document of its own")
	s.target().Stop()
}
