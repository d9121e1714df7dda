package redis

import (
	"fmt"
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/redistest"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/replica/replicatest"
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

	complete func() bool // nil: the command may be repeated at any time
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

// stage is the world as the command meets it now.
func (s *scene) stage() replicatest.Stage {
	st := replicatest.Stage{Engine: s.engine, Target: "shop/" + s.engine.flavour, Command: s.command, Run: fmt.Sprintf("run%d", *s.runs), Options: s.options}
	node := func(m *redistest.Server) replication.Node {
		n := m.Node(s.home())
		n.Source = s.sources[n.Key()]
		return n
	}
	for _, m := range s.members {
		st.Members = append(st.Members, node(m))
	}
	for _, m := range s.targets {
		st.Targets = append(st.Targets, node(m))
	}
	return st
}

func (s *scene) facts(depth replication.Depth) []replication.Facts {
	return s.stage().Facts(s.t, depth)
}

// status is the topology now.
func (s *scene) status() replication.Topology { return s.stage().Status(s.t) }

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
	req := s.request()
	return replicatest.Restore(req, methodSnapshot, req.Targets[0].Version, func(folder string) error {
		s.target().Restore(s.primary(), folder)
		return nil
	})
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

// interrupt applies another command's plan up to a step, where belt is killed: nothing is undone.
func (s *scene) interrupt(command, step string) {
	s.t.Helper()
	other := *s
	other.command = command
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

// Through puts something between Belt and every server.
func (s *scene) Through(wrap func(remote.Runner) remote.Runner) { s.Wrap = wrap }
