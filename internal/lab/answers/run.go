package answers

import (
	"context"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Request is what a plan about db2 is made from now. A server that does not answer is a state like others.
func (s *Scene) Request(ctx context.Context, command string, o replication.Options) replication.Request {
	s.runs++
	facts, _ := s.Inspect(ctx, replication.Survey)
	t := s.Engine.Topology("shop/"+string(s.Kind), facts)
	req := replication.Request{
		Command: "db replicate " + command, Run: fmt.Sprintf("run%d", s.runs), Topology: t, Targets: facts[1:], Options: o,
		Links: map[string]replication.Link{},
	}
	if t.Primary != nil {
		req.Links[facts[1].Node.Key()] = s.Engine.Probe(ctx, *t.Primary, facts[1], "")
	}
	return req
}

// Enable makes a replica of db2 as Belt does.
func (s *Scene) Enable(ctx context.Context) error {
	p, err := s.Engine.PlanEnable(s.Request(ctx, "enable", replication.Options{}))
	if err != nil {
		return err
	}
	return apply(ctx, p)
}

// EnableUntil ends the run before a step as kill -9 of belt would: nothing is undone.
func (s *Scene) EnableUntil(ctx context.Context, step string) error {
	p, err := s.Engine.PlanEnable(s.Request(ctx, "enable", replication.Options{}))
	if err != nil {
		return err
	}
	for i := range p.Steps {
		if p.Steps[i].ID == step {
			p.Steps[i].Do = func(context.Context, plan.Progress) error { return &plan.Detached{What: "killed"} }
		}
	}
	if o := plan.Apply(ctx, p, nil, plan.Options{}); !o.Detached {
		return errors.Join(fmt.Errorf("the run was not ended at %s", step), o.Err)
	}
	return nil
}

// Resync mends db2 as Belt does.
func (s *Scene) Resync(ctx context.Context) error {
	p, err := s.Engine.PlanResync(s.Request(ctx, "resync", replication.Options{}))
	if err != nil {
		return err
	}
	return apply(ctx, p)
}

func apply(ctx context.Context, p plan.Plan) error {
	if err := p.Refusal(); err != nil {
		return err
	}
	return plan.Apply(ctx, p, nil, plan.Options{}).Err
}
