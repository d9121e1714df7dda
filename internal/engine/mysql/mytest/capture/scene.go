package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dbbelt/belt/internal/engine/mysql"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/answers"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// scene is the two servers and where their answers go.
type scene struct {
	lab    *lab.Lab
	engine *mysql.Engine
	kind   lab.Kind
	nodes  []replication.Node // db1, db2
	dir    string
	runs   int
}

func newScene(l *lab.Lab, kind lab.Kind, dir string) *scene {
	s := &scene{lab: l, engine: mysql.MariaDB(), kind: kind, dir: dir}
	if kind == lab.MySQL {
		s.engine = mysql.MySQL()
	}
	for _, host := range l.Servers() {
		s.nodes = append(s.nodes, replication.Node{
			App: host.App, Server: host.Name, Label: host.Name, Database: string(kind), Engine: string(kind),
			Internal: host.Internal.String(), External: host.External.String(), Runner: answers.Of(host),
		})
	}
	return s
}

func (s *scene) server(i int) *answers.Server { return s.nodes[i].Runner.(*answers.Server) }

// word is what the product calls a replica.
func (s *scene) word() string {
	if s.kind == lab.MySQL {
		return "REPLICA"
	}
	return "SLAVE"
}

// sql runs statements as a server's administrator.
func (s *scene) sql(ctx context.Context, i int, text string) error {
	_, err := s.server(i).Host.SQL(ctx, text)
	return err
}

func (s *scene) inspect(ctx context.Context, depth replication.Depth) []replication.Facts {
	var facts []replication.Facts
	for _, node := range s.nodes {
		facts = append(facts, s.engine.Inspect(ctx, node, depth))
	}
	return facts
}

// machine is what tells two servers apart, and is of no interest to a test.
var machine = regexp.MustCompile(`(?m)^(machine_id)=[0-9a-f]+$`)

// look saves what both servers say of themselves now.
func (s *scene) look(ctx context.Context, state string) error {
	title := map[lab.Kind]string{lab.MariaDB: "inspect MariaDB", lab.MySQL: "inspect MySQL"}[s.kind]
	for depth, name := range map[replication.Depth]string{replication.Glance: "glance", replication.Survey: "survey"} {
		for i, f := range s.inspect(ctx, depth) {
			if f.Err != nil {
				return f.Err
			}
			said := machine.ReplaceAllString(answers.Neutral(s.lab, s.server(i).Last(title)), "${1}="+strings.Repeat(fmt.Sprint(i+1), 32))
			release := strings.Join(strings.Split(f.Version, ".")[:2], ".")
			folder := filepath.Join(s.dir, string(s.kind)+"-"+release, state)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, s.nodes[i].Server+"-"+name+".txt"), []byte(said), 0o644); err != nil {
				return err
			}
		}
	}
	fmt.Fprintln(os.Stderr, s.kind, state)
	return nil
}

// apply does what Belt does, up to a step at which it is killed; all of it where none is named.
func (s *scene) apply(ctx context.Context, command, killed string) error {
	s.runs++
	facts := s.inspect(ctx, replication.Survey)
	t := s.engine.Topology("shop/"+string(s.kind), facts)
	req := replication.Request{
		Command: "db replicate " + command, Run: fmt.Sprintf("run%d", s.runs), Topology: t, Targets: facts[1:], Links: map[string]replication.Link{},
	}
	if t.Primary != nil {
		req.Links[facts[1].Node.Key()] = s.engine.Probe(ctx, *t.Primary, facts[1], "")
	}
	p, err := map[string]func(replication.Request) (plan.Plan, error){"enable": s.engine.PlanEnable, "resync": s.engine.PlanResync}[command](req)
	if err != nil {
		return err
	}
	if err := p.Refusal(); err != nil {
		return err
	}
	for i := range p.Steps {
		if p.Steps[i].ID == killed {
			p.Steps[i].Do = func(context.Context, plan.Progress) error { return &plan.Detached{What: "killed"} }
		}
	}
	o := plan.Apply(ctx, p, nil, plan.Options{})
	if killed != "" && o.Detached {
		return nil
	}
	return o.Err
}
