package mysql

import (
	"fmt"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mysql/mytest"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	commandEnable  = "db replicate enable"
	commandDisable = "db replicate disable"
	commandUndo    = "db replicate undo"
	commandCleanup = "db replicate cleanup"
)

// product is a flavour and version to test.
type product struct {
	flavour flavour
	version string
}

var (
	maria10 = product{mariaDB, "10.11.18"}
	maria11 = product{mariaDB, "11.8.3"}
	mysql9  = product{mySQL, "9.7.4"}
	mysql80 = product{mySQL, "8.0.17"} // the old words
)

func products() []product {
	return []product{{mariaDB, "10.5.29"}, maria10, maria11, mysql80, {mySQL, "8.4.5"}, mysql9}
}

func (p product) String() string { return string(p.flavour) + " " + p.version }

// scene is one command on a world of servers: what a test plans, applies, and fails.
type scene struct {
	*mytest.World
	t       *testing.T
	engine  *Engine
	command string
	members []*mytest.Server
	targets []*mytest.Server
	options replication.Options
	runs    *int
	sources map[string]string // by the key of a server: that of the replica that it is to replicate from

	complete func() bool // nil: the command may be repeated at any time
}

// engineOf is the engine of a product, with a mover that moves within a world.
func engineOf(p product, w *mytest.World) *Engine {
	return &Engine{flavour: p.flavour, mover: mytest.Mover{World: w}}
}

// newScene boots shop/db1, the primary, and the servers named, which are targets.
func newScene(t *testing.T, p product, command string, targets ...string) *scene {
	t.Helper()
	s := &scene{World: mytest.New(t, string(p.flavour), p.version), t: t, command: command, runs: new(int)}
	s.engine = engineOf(p, s.World)
	s.members = []*mytest.Server{s.Add("shop", "db1")}
	for _, name := range targets {
		s.targets = append(s.targets, s.Add("shop", name))
	}
	s.members = append(s.members, s.targets...)
	return s
}

// between boots shop/db1 and shop-eu/db1, which is to follow it.
func between(t *testing.T, p product) *scene {
	t.Helper()
	s := newScene(t, p, commandEnable)
	s.targets = []*mytest.Server{s.Add("shop-eu", "db1")}
	s.members = append(s.members, s.targets...)
	return s
}

func (s *scene) primary() *mytest.Server { return s.members[0] }
func (s *scene) target() *mytest.Server  { return s.targets[0] }

// home is the app whose servers go by their bare name: the target's.
func (s *scene) home() string { return s.targets[0].App }

// stage is the world as the command meets it now.
func (s *scene) stage() replicatest.Stage {
	st := replicatest.Stage{Engine: s.engine, Target: s.name(), Command: s.command, Run: fmt.Sprintf("run%d", *s.runs), Options: s.options}
	node := func(m *mytest.Server) replication.Node {
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

// name is the database that the command is about.
func (s *scene) name() string { return "shop/" + string(s.engine.flavour) }

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
	req, method, proof := s.request(), methodClone, "mysql.ibd"
	if s.engine.flavour == mariaDB {
		method = methodBackup
		proof, _ = mariaDB.find(positionFile, nativeOf(req.Targets[0]).version)
	}
	return replicatest.Restore(req, method, s.World.Version, func(folder string) error { return s.target().Restore(s.primary(), folder, proof) })
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
	p := other.Plan()
	if err := p.Refusal(); err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
	if o := plan.Apply(s.t.Context(), p, nil, plan.Options{}); o.Err != nil {
		s.t.Fatalf("%s: %v", command, o.Err)
	}
}

// enabled is a scene in which the targets are healthy replicas already.
func enabled(t *testing.T, p product, command string, targets ...string) *scene {
	t.Helper()
	s := newScene(t, p, command, targets...)
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

// Through puts something between Belt and every server.
func (s *scene) Through(wrap func(remote.Runner) remote.Runner) { s.Wrap = wrap }
