package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/engine/postgresql"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/answers"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// scene is the two servers and where their answers go.
type scene struct {
	lab    *lab.Lab
	engine *postgresql.Engine
	nodes  []replication.Node // db1, db2
	dir    string             // testdata/postgresql/15
	runs   int
}

func newScene(ctx context.Context, l *lab.Lab, dir string) (*scene, error) {
	s := &scene{lab: l, engine: postgresql.New()}
	for _, host := range l.Servers() {
		s.nodes = append(s.nodes, replication.Node{
			App: host.App, Server: host.Name, Label: host.Name, Database: "postgresql", Engine: "postgresql",
			Internal: host.Internal.String(), External: host.External.String(),
			Runner: answers.Of(host),
		})
	}
	major, err := s.sql(ctx, 0, "SELECT current_setting('server_version_num')::int / 10000")
	s.dir = filepath.Join(dir, major)
	return s, err
}

func (s *scene) server(i int) *answers.Server { return s.nodes[i].Runner.(*answers.Server) }

func (s *scene) sql(ctx context.Context, i int, text string) (string, error) {
	return s.server(i).Host.PSQL(ctx, text)
}

// save writes one answer.
func (s *scene) save(state, name, text string) error {
	folder := filepath.Join(s.dir, state)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".txt"), []byte(answers.Neutral(s.lab, text)), 0o644)
}

// inspect asks both servers.
func (s *scene) inspect(ctx context.Context, depth replication.Depth) []replication.Facts {
	var facts []replication.Facts
	for _, node := range s.nodes {
		facts = append(facts, s.engine.Inspect(ctx, node, depth))
	}
	return facts
}

// look saves what both servers say of themselves now.
func (s *scene) look(ctx context.Context, state string) error {
	for i, f := range s.inspect(ctx, replication.Survey) {
		if f.Err != nil {
			return f.Err
		}
		if err := s.save(state, s.nodes[i].Server, s.server(i).Last("inspect PostgreSQL")); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, s.dir, state)
	return nil
}

// knock saves how the primary's port answers a stranger from the replica's side.
func (s *scene) knock(ctx context.Context, name string) error {
	facts := s.inspect(ctx, replication.Glance)
	s.engine.Probe(ctx, facts[0], facts[1], "")
	return s.save("knock", name, s.server(1).Last("knock at the primary's port"))
}

// request is what a plan about db2 is made from.
func (s *scene) request(ctx context.Context, command string, o replication.Options) replication.Request {
	s.runs++
	facts := s.inspect(ctx, replication.Survey)
	t := s.engine.Topology("shop/postgresql", facts)
	req := replication.Request{
		Command: "db replicate " + command, Run: fmt.Sprintf("run%d", s.runs), Topology: t, Targets: facts[1:], Options: o,
		Links: map[string]replication.Link{},
	}
	if t.Primary != nil {
		req.Links[facts[1].Node.Key()] = s.engine.Probe(ctx, *t.Primary, facts[1], "")
	}
	return req
}

// killed makes a step end the run as kill -9 of belt would: nothing is undone.
func killed(p plan.Plan, id string) plan.Plan {
	i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.ID == id })
	p.Steps[i].Do = func(context.Context, plan.Progress) error { return &plan.Detached{What: "killed"} }
	return p
}

func (s *scene) enable(ctx context.Context, o replication.Options) error {
	p, err := s.engine.PlanEnable(s.request(ctx, "enable", o))
	if err != nil {
		return err
	}
	return plan.Apply(ctx, p, nil, plan.Options{}).Err
}

// script runs as root on a server.
func (s *scene) script(ctx context.Context, i int, text string) error {
	_, err := s.server(i).Host.Exec(ctx, text)
	return err
}

const unit = `unit=$(systemctl list-units --plain --no-legend 'postgresql@*' --all | awk '{print $1}' | head -n 1)
data=$(ls -d /var/lib/postgresql/*/main)
`

// until waits for a state that the servers come to by themselves.
func until(ctx context.Context, what string, cond func() bool) error {
	deadline := time.Now().Add(60 * time.Second)
	for !cond() {
		if time.Now().After(deadline) || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%s: not in time", what), ctx.Err())
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

// is tells whether the SQL answers with the text.
func (s *scene) is(ctx context.Context, i int, want, text string) func() bool {
	return func() bool {
		out, err := s.sql(ctx, i, text)
		return err == nil && strings.TrimSpace(out) == want
	}
}
