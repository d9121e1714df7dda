package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/answers"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// scene is the two servers and where their answers go.
type scene struct {
	lab     *lab.Lab
	engine  *redis.Engine
	flavour string
	nodes   []replication.Node // db1, db2
	dir     string
	runs    int
}

func newScene(l *lab.Lab, flavour, dir string) *scene {
	s := &scene{lab: l, engine: redis.New(flavour), flavour: flavour, dir: dir}
	for _, host := range l.Servers() {
		s.nodes = append(s.nodes, replication.Node{
			App: host.App, Server: host.Name, Label: host.Name, Database: flavour, Engine: flavour,
			Internal: host.Internal.String(), External: host.External.String(), Runner: answers.Of(host),
		})
	}
	return s
}

func (s *scene) server(i int) *answers.Server { return s.nodes[i].Runner.(*answers.Server) }

// cli asks a server as its administrator.
func (s *scene) cli(ctx context.Context, i int, words ...string) (string, error) {
	return s.server(i).Host.RedisCLI(ctx, words...)
}

func (s *scene) inspect(ctx context.Context, depth replication.Depth) []replication.Facts {
	var facts []replication.Facts
	for _, node := range s.nodes {
		facts = append(facts, s.engine.Inspect(ctx, node, depth))
	}
	return facts
}

// mark is the name that Belt gave its connection; kernel is that of the machine on which the lab ran.
var (
	mark   = regexp.MustCompile(`belt-[A-Z2-7]{16}`)
	kernel = regexp.MustCompile(`(?m)^(os:Linux) [^\r\n]*`)
)

// look saves what both servers say of themselves now.
func (s *scene) look(ctx context.Context, state string) error {
	depths := map[replication.Depth]string{replication.Survey: ""}
	if state == "healthy" {
		depths[replication.Glance] = "-glance"
	}
	for depth, name := range depths {
		for i, f := range s.inspect(ctx, depth) {
			if f.Err != nil {
				return f.Err
			}
			title := "inspect " + strings.ToUpper(s.flavour[:1]) + s.flavour[1:]
			said := kernel.ReplaceAllString(answers.Neutral(s.lab, s.server(i).Last(title)), "$1")
			said = mark.ReplaceAllString(said, "belt-MARK")
			release := strings.Join(strings.Split(f.Version, ".")[:2], ".")
			folder := filepath.Join(s.dir, s.flavour+"-"+release, state)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, s.nodes[i].Server+name+".txt"), []byte(said), 0o644); err != nil {
				return err
			}
		}
	}
	fmt.Fprintln(os.Stderr, s.flavour, state)
	return nil
}

// apply does what Belt does, up to a step at which it is killed; all of it where none is named.
func (s *scene) apply(ctx context.Context, command, killed string) error {
	s.runs++
	facts := s.inspect(ctx, replication.Survey)
	t := s.engine.Topology("shop/"+s.flavour, facts)
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

// until waits for what a server comes to say.
func (s *scene) until(ctx context.Context, i int, want string, words ...string) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		out, err := s.cli(ctx, i, words...)
		if err == nil && strings.Contains(out, want) {
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%s: %q does not say %s", s.nodes[i].Server, words, want), err, ctx.Err())
		}
	}
}
