package postgresql

import (
	"context"
	"fmt"
	"testing"

	"github.com/dbbelt/belt/internal/engine/postgresql/pgtest"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// scene is one command on a world of servers: what a test plans, applies, and fails.
type scene struct {
	*pgtest.World
	t       *testing.T
	command string
	version int
	members []*pgtest.Server
	targets []*pgtest.Server
	options replication.Options
	runs    *int

	sources map[string]string // by the key of a server: that of the replica that it is to replicate from

	complete  func() bool // nil: the command may be repeated at any time
	keptFirst int
}

// newScene boots shop/db1, the primary, and the servers named, which are targets.
func newScene(t *testing.T, version int, command string, targets ...string) *scene {
	t.Helper()
	s := &scene{World: pgtest.New(t, version), t: t, command: command, version: version, runs: new(int)}
	s.members = []*pgtest.Server{s.Add("shop", "db1")}
	for _, name := range targets {
		s.targets = append(s.targets, s.Add("shop", name))
	}
	s.members = append(s.members, s.targets...)
	return s
}

// between boots shop/db1 and shop-eu/db1, which is to follow it.
func between(t *testing.T, version int) *scene {
	t.Helper()
	s := newScene(t, version, commandEnable)
	s.targets = []*pgtest.Server{s.Add("shop-eu", "db1")}
	s.members = append(s.members, s.targets...)
	return s
}

func (s *scene) primary() *pgtest.Server { return s.members[0] }
func (s *scene) target() *pgtest.Server  { return s.targets[0] }

// home is the app whose servers go by their bare name: the target's.
func (s *scene) home() string { return s.targets[0].App }

func (s *scene) facts(depth replication.Depth) []replication.Facts {
	var out []replication.Facts
	for _, m := range s.members {
		node := m.Node(s.home())
		node.Source = s.sources[node.Key()]
		guarded := node
		guarded.Runner = remote.Guard(node.Runner)
		f := New().Inspect(s.t.Context(), guarded, depth)
		f.Node = node
		out = append(out, f)
	}
	return out
}

// status is the topology now.
func (s *scene) status() replication.Topology {
	return New().Topology("shop/postgresql", s.facts(replication.Glance))
}

// request is what the command's plan is made from now.
func (s *scene) request() replication.Request {
	*s.runs++
	facts := s.facts(replication.Survey)
	req := replication.Request{
		Command: s.command, Run: fmt.Sprintf("run%d", *s.runs), Topology: New().Topology("shop/postgresql", facts),
		Links: map[string]replication.Link{}, Options: s.options,
	}
	if s.command == commandPromote {
		s.promoting(&req, facts)
		return req
	}
	req.Topology = req.Topology.From(s.sources[s.target().Name])
	for _, t := range s.targets {
		for _, f := range facts {
			if f.Node.Key() != t.Name {
				continue
			}
			req.Targets = append(req.Targets, f)
			if p := req.Topology.Primary; p != nil {
				from := f
				from.Node.Runner = remote.Guard(f.Node.Runner)
				req.Links[f.Node.Key()] = New().Probe(s.t.Context(), *p, from, "")
			}
		}
	}
	return req
}

// planned makes the command's plan from the state of the world.
func (s *scene) planned() (plan.Plan, error) {
	plans := map[string]func(replication.Request) (plan.Plan, error){
		commandEnable: New().PlanEnable, commandDisable: New().PlanDisable, commandResync: New().PlanResync,
		commandPromote: New().PlanPromote, "db replicate undo": New().PlanUndo, "db replicate cleanup": New().PlanCleanup,
	}
	if s.command == replica.CommandRestore {
		return New().PlanRestore(s.restore())
	}
	return plans[s.command](s.request())
}

// restore is the request to put a backup of db1 in the place of the target's data.
func (s *scene) restore() replication.RestoreRequest {
	return replication.RestoreRequest{
		Request: s.request(), ID: "20260301t020000z", Method: methodBase, Version: fmt.Sprintf("%d.4", s.version), Bytes: 1000, From: "db3",
		Fetch: func(_ context.Context, _ replication.RebuildTool, folder string, report plan.Progress) error {
			report(1, 2, "")
			return s.target().Restore(s.primary(), folder)
		},
		Drop: func(context.Context) error { return nil },
	}
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
	p := other.Plan()
	if o := plan.Apply(s.t.Context(), p, nil, plan.Options{}); o.Err != nil {
		s.t.Fatalf("%s: %v", command, o.Err)
	}
}

// enabled is a scene in which the targets are healthy replicas already.
func enabled(t *testing.T, version int, command string, targets ...string) *scene {
	t.Helper()
	s := newScene(t, version, command, targets...)
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
		_, unfinished := s.target().File("/var/lib/belt/state/postgresql-5432.run")
		return !unfinished && s.kept() < s.keptFirst
	}
	s.keptFirst = s.kept()
	return s
}

// more is a scene in which nobody repeats a command that was complete: a second restore would keep the first one's data.
func (s *scene) more() *scene {
	s.complete = func() bool {
		_, unfinished := s.target().File("/var/lib/belt/state/postgresql-5432.run")
		return !unfinished && s.kept() > s.keptFirst
	}
	s.keptFirst = s.kept()
	return s
}

// kept is how many old data folders the target keeps.
func (s *scene) kept() int {
	for _, f := range s.facts(replication.Glance) {
		if f.Node.Key() == s.target().Name {
			return len(nativeOf(f).Kept)
		}
	}
	return 0
}
