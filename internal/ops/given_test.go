package ops

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

const shop = `
apps:
  shop:
    servers:
      web1: {address: 203.0.113.11}
      db1: {address: 203.0.113.21, internal: 10.0.0.21}
      db2: {address: 203.0.113.22, internal: 10.0.0.22}
      db3: {address: 203.0.113.23, internal: 10.0.0.23}
    databases:
      postgresql: {servers: [db1, db2], credentials: {username: shop, database: shop}}
    env: {servers: [web1], file: /etc/shop.env}
  eu:
    servers:
      web1: {address: 198.51.100.11}
      db1: {address: 198.51.100.21, internal: 10.0.0.21}
    databases:
      postgresql: {servers: [db1], source: shop/postgresql, credentials: {username: eu, database: eu}}
    env: {servers: [web1], file: /etc/eu.env}
`

var (
	primary = replication.Facts{Installed: true, Running: true, Writable: true, Version: "15.4"}
	replica = replication.Facts{Installed: true, Running: true, Replica: true, Version: "15.4", Follows: "10.0.0.21:5432"}
	down    = replication.Facts{Err: &remote.UnreachableError{Server: "db1", Err: errors.New("refused")}}
)

func labels(nodes []replication.Node) string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Label)
	}
	return strings.Join(out, " ")
}

// A group has the source's servers first, and those of the databases that replicate it.

// A server that merely takes writes is no primary while one that stands before it does not answer.

// What was shown is what runs: a server that changed between the two looks refuses the run.

// A refusal that comes from another run at work says so.

// What belt.yaml says after each command.

// A belt.yaml that cannot be written does not keep the databases: what to write is said.

// The undo of the edit leaves what somebody else wrote in the meantime.

// Two hundred servers with the same changes are one line, and secrets are none.

// A comparison that breaks off is neither equal nor a difference.

// The same server under two names, and databases that do not fit, are refused before any server is contacted.

// scene is a world whose servers say what the test wants them to.
type scene struct {
	*Session
	mu    sync.Mutex
	facts map[string]replication.Facts // by Node.Key
	asked map[string]int
	notes []string
	held  error // by Probe
	now   func(key string, f replication.Facts, asked int) replication.Facts
}

func given(t *testing.T, yaml string) *scene {
	t.Helper()
	path := filepath.Join(t.TempDir(), "belt.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	inv, err := inventory.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{facts: map[string]replication.Facts{}, asked: map[string]int{}}
	s.Session = &Session{
		Inventory: inv, Connect: s, Engines: Engines{"postgresql": engine{s}}, Screen: s, Locks: s,
		Env: func(Pushing) Pusher { return s }, ExitCode: func(error) int { return 0 },
	}
	return s
}

// target is a database of the inventory.
func (s *scene) target(t *testing.T, name string) inventory.Target {
	t.Helper()
	target, err := s.Inventory.Target(name)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func (s *scene) of(t *testing.T, name string) *group {
	t.Helper()
	g, err := s.group(s.target(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Runner is for servers that take everything.
func (s *scene) Runner(_ inventory.Server, label string) remote.Runner { return mute{label} }

type mute struct{ label string }

func (m mute) Server() string { return m.label }
func (m mute) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{}, nil
}

func (s *scene) Event(plan.Event)                              {}
func (s *scene) Plan(plan.View)                                {}
func (s *scene) Over()                                         {}
func (s *scene) CanAsk() bool                                  { return false }
func (s *scene) Confirm(context.Context, string) (bool, error) { return false, errors.New("nobody") }
func (s *scene) Working(string) func()                         { return func() {} }
func (s *scene) Note(text string)                              { s.notes = append(s.notes, text) }
func (s *scene) Warn(text string)                              { s.notes = append(s.notes, text) }

func (s *scene) Acquire(ctx context.Context, _ []lock.Place, _ lock.Owner) (context.Context, func(), error) {
	return ctx, func() {}, s.held
}
func (s *scene) Probe(context.Context, lock.Place) error { return s.held }

func (s *scene) Look(_ context.Context, servers []envpush.Server) []envpush.Look {
	return make([]envpush.Look, len(servers))
}
func (s *scene) Stage(_ context.Context, servers []envpush.Server) Staged {
	return switched(make([]envpush.Result, len(servers)))
}

type switched []envpush.Result

func (s switched) Switch(context.Context) []envpush.Result { return s }
func (switched) Discard(context.Context)                   {}

func (s *scene) Restore(context.Context, envpush.Server, envpush.Result) error { return nil }
func (s *scene) History(context.Context, string, []remote.Runner) ([]envpush.Past, []error) {
	return nil, nil
}

// engine plans one step for each target, which does nothing.
type engine struct{ *scene }

func (s engine) Inspect(_ context.Context, n replication.Node, _ replication.Depth) replication.Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[n.Key()]++
	f := s.facts[n.Key()]
	if s.now != nil {
		f = s.now(n.Key(), f, s.asked[n.Key()])
	}
	f.Node = n
	return f
}

func (s engine) Probe(context.Context, replication.Facts, replication.Facts, string) replication.Link {
	return replication.Link{Reachable: true}
}

func (s engine) Check(replication.Request) []plan.Check { return nil }

func (s engine) plan(req replication.Request) (plan.Plan, error) {
	var p plan.Plan
	for _, f := range req.Targets {
		p.Steps = append(p.Steps, plan.Step{
			ID: "do." + f.Node.Label, Title: "do it", Server: f.Node.Label,
			Do:   func(context.Context, plan.Progress) error { return nil },
			Undo: plan.NoEffect("nothing"),
		})
	}
	return p, nil
}

func (s engine) PlanEnable(r replication.Request) (plan.Plan, error)  { return s.plan(r) }
func (s engine) PlanDisable(r replication.Request) (plan.Plan, error) { return s.plan(r) }
func (s engine) PlanResync(r replication.Request) (plan.Plan, error)  { return s.plan(r) }
func (s engine) PlanUndo(r replication.Request) (plan.Plan, error)    { return s.plan(r) }
func (s engine) PlanCleanup(r replication.Request) (plan.Plan, error) { return s.plan(r) }

func (s engine) Verify(context.Context, replication.Facts, replication.Facts, replication.VerifyOptions, plan.Progress) (replication.Verification, error) {
	return replication.Verification{}, errors.New("it broke off")
}

// Topology: who is writable first is primary, and a replica streams.
func (s engine) Topology(target string, members []replication.Facts) replication.Topology {
	t := replication.Topology{Target: target}
	for i, f := range members {
		switch {
		case f.Replica:
			lag, bytes := 0.0, int64(0)
			r := replication.Replica{Facts: f, State: replication.Streaming, LagSeconds: &lag, LagBytes: &bytes}
			if !f.Running {
				r.State, r.LagSeconds, r.LagBytes = replication.Stopped, nil, nil
			}
			t.Replicas = append(t.Replicas, r)
		case f.Writable && t.Primary == nil:
			t.Primary = &members[i]
		default:
			t.Standalone = append(t.Standalone, f)
		}
	}
	return t
}
