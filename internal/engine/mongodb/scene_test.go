package mongodb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/plan"
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

	complete func() bool // nil: the command may be repeated at any time
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

// stage is the world as the command meets it now.
func (s *scene) stage() replicatest.Stage {
	st := replicatest.Stage{Engine: s.engine, Target: "shop/mongodb", Command: s.command, Run: fmt.Sprintf("run%d", *s.runs), Options: s.options}
	for _, m := range s.members {
		st.Members = append(st.Members, m.Node("shop"))
	}
	for _, m := range s.targets {
		st.Targets = append(st.Targets, m.Node("shop"))
	}
	return st
}

func (s *scene) facts(depth replication.Depth) []replication.Facts {
	return s.stage().Facts(s.t, depth)
}

// status is the topology now.
func (s *scene) status() replication.Topology { return s.stage().Status(s.t) }

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
	return s.stage().Request(s.t)
}

// planned makes the command's plan from the state of the world.
func (s *scene) planned() (plan.Plan, error) {
	if s.command == replica.CommandRestore {
		return s.engine.PlanRestore(s.restore())
	}
	return replicatest.Plan(s.engine, s.request())
}

// restore is the request to put a backup of db1 in the place of the target's data.
func (s *scene) restore() replication.RestoreRequest {
	return replicatest.Restore(s.request(), methodDump, s.status().Primary.Version, func(folder string) error { return s.target().Restore(s.primary(), folder) })
}

// more is a scene in which nobody repeats a command that was complete: a second restore would keep the first one's data.
func (s *scene) more() *scene {
	first, _ := s.stage().Kept(s.t)
	s.complete = func() bool {
		kept, finished := s.stage().Kept(s.t)
		return finished && kept > first
	}
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

// interrupt applies another command's plan up to a step, where belt is killed: nothing is undone.
func (s *scene) interrupt(command, step string, options replication.Options) {
	s.t.Helper()
	other := *s
	other.command, other.options = command, options
	replicatest.Interrupt(s.t, other.Plan(), step)
}

// once is a scene in which nobody repeats a command that was complete: a second undo would go back one more.
func (s *scene) once() *scene {
	first, _ := s.stage().Kept(s.t)
	s.complete = func() bool {
		kept, finished := s.stage().Kept(s.t)
		return finished && kept < first
	}
	return s
}

// outside has the target run outside of its set, take a write, and stop.
func (s *scene) outside() {
	s.target().Conf(func(text string) string {
		return strings.Replace(text, "  replSetName: rs0\n", "  oplogSizeMB: 990\n", 1)
	})
	s.target().Write("a document of its own")
	s.target().Stop()
}
