package ops

import (
	"context"
	"fmt"

	"github.com/dbbelt/belt/internal/provider"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// ScaleDownOptions say which replica goes.
type ScaleDownOptions struct {
	Change
	Target     string
	Replica    string
	KeepServer bool // the provider does not destroy it
}

const scaleDownCommand = "db scale-down"

// ScaleDown lets a replica leave, takes its server out of belt.yaml, and lets the provider that made it destroy it.
func ScaleDown(ctx context.Context, s *Session, o ScaleDownOptions) (Result, error) {
	result := NewResult(scaleDownCommand, o.Target)
	if o.Replica == "" {
		return result, noTarget(scaleDownCommand)
	}
	c, err := s.onReplicas(scaleDownCommand, o.Target, []string{o.Replica}, &result)
	if err != nil {
		return result, err
	}
	target := c.group.target
	server, err := target.App.Server(o.Replica)
	if err != nil {
		return result, err
	}
	if len(target.Database.Servers) == 1 {
		return result, usage("", "%s is the only server of %s", o.Replica, target)
	}
	c.Change, c.parts, c.targetless = o.Change, true, true
	c.options.SkipChecks, c.options.Stop = o.SkipChecks, true
	uses := takenAway(target.App, target.Database.Name, server.Name)
	if uses == "" {
		c.removes = server.Name
	}
	disable := c.group.engine.PlanDisable
	c.plan = func(req replication.Request) (plan.Plan, error) {
		p, err := disable(req)
		p.Notes = append(p.Notes, s.afterwards(server, uses, o.KeepServer))
		return p, err
	}
	if server.Provider != "" && uses == "" && !o.KeepServer {
		destroy, err := s.destroy(target, server)
		if err != nil {
			return result, err
		}
		c.last = []plan.Step{destroy}
	}
	return s.apply(ctx, c)
}

// afterwards says what becomes of the server.
func (s *Session) afterwards(server inventory.Server, uses string, keep bool) string {
	switch {
	case uses != "":
		return fmt.Sprintf("%s stays in belt.yaml: it is also in %s", server.Name, uses)
	case server.Provider == "":
		return server.Name + " itself is left as it is, with its database stopped: no provider made it"
	case keep:
		return fmt.Sprintf("%s itself is left as it is, with its database stopped, and provider %s no longer knows of it from belt.yaml", server.Name, server.Provider)
	}
	return fmt.Sprintf("provider %s destroys %s; --keep-server keeps it", server.Provider, server.Name)
}

// destroy is the step in which the provider takes a server away.
func (s *Session) destroy(t inventory.Target, server inventory.Server) (plan.Step, error) {
	p, err := s.Inventory.Provider(server.Provider)
	if err != nil {
		return plan.Step{}, err
	}
	program := s.program(p)
	wish := provider.Wish{App: t.App.Name, Database: t.Database.Name, Engine: t.Database.Engine, Name: server.Name}
	return plan.Step{
		ID: "destroy." + server.Name, Server: server.Name, Title: "have provider " + p.Name + " destroy the server",
		Commands: []string{fmt.Sprintf("%s destroy (BELT_NAME=%s)", p.Command, server.Name)},
		Destroys: "the server " + server.Name + " with all that is on it",
		Undo:     plan.Permanent("the server may be gone already"),
		Do: func(ctx context.Context, report plan.Progress) error {
			// The lock on the server goes with it, which ends ctx: that is no reason to stop.
			return program.Destroy(context.WithoutCancel(ctx), wish, provider.Server{Address: server.Address, Internal: server.Internal}, said(report))
		},
	}, nil
}
