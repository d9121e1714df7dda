package ops

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// CheckOptions say what is checked.
type CheckOptions struct {
	Select     string   // "", "APP" or "APP/DATABASE"
	Replicas   []string // servers that are to become replicas; then Select is one database
	SkipChecks []string
}

// CheckDocument is the answer of `belt check`.
type CheckDocument struct {
	Version int          `json:"version"`
	Ready   bool         `json:"ready"`
	Checks  []plan.Check `json:"checks"`
}

// Check reaches every server of the selection and tests every precondition; it changes nothing. The error is that of the
// first server that was not reached, else an *[Unhealthy] when a check failed; the document is whole all the same.
func Check(ctx context.Context, s *Session, o CheckOptions) (CheckDocument, error) {
	doc := CheckDocument{Version: 1, Checks: []plan.Check{}}
	groups, err := s.checked(o)
	if err != nil {
		return doc, err
	}
	stop := s.Screen.Working("looking at every server")
	parts := make([]checked, len(groups)+1)
	var wg sync.WaitGroup
	for i, g := range groups {
		wg.Go(func() { parts[i] = s.checkGroup(ctx, g.group, g.targets) })
	}
	apps, err := s.Inventory.Select(o.Select)
	if err != nil {
		return doc, err
	}
	wg.Go(func() { parts[len(groups)] = s.checkApps(ctx, apps) })
	wg.Wait()
	stop()
	if ctx.Err() != nil {
		return doc, context.Cause(ctx)
	}

	var unreached error
	seen := map[string]bool{} // a server may be in several databases
	for _, part := range parts {
		for _, err := range part.unreached {
			if !seen[err.Error()] {
				seen[err.Error()] = true
				unreached = errors.Join(unreached, err)
			}
		}
		for _, c := range part.checks {
			key := c.Server + "\x00" + c.Name + "\x00" + c.Detail
			if !seen[key] {
				seen[key] = true
				doc.Checks = append(doc.Checks, c)
			}
		}
	}
	skip(doc.Checks, o.SkipChecks)
	failed := plan.Plan{Checks: doc.Checks}.Failed()
	doc.Ready = len(failed) == 0
	switch {
	case unreached != nil:
		return doc, unreached
	case !doc.Ready:
		return doc, &Unhealthy{Text: fmt.Sprintf("not ready: %s failed", count(len(failed), "check")), Fix: failed[0].Hint}
	}
	return doc, nil
}

// checked is what a part of the check found.
type checked struct {
	checks    []plan.Check
	unreached []error
}

// toCheck is a group, and the servers that would become its replicas.
type toCheck struct {
	*group
	targets []replication.Node
}

func (s *Session) checked(o CheckOptions) ([]toCheck, error) {
	if len(o.Replicas) == 0 {
		groups, err := s.selected(o.Select, true)
		var out []toCheck
		for _, g := range groups {
			out = append(out, toCheck{group: g})
		}
		return out, err
	}
	target, err := s.Inventory.Target(o.Select)
	if err != nil {
		return nil, err
	}
	g, err := s.group(target)
	if err != nil {
		return nil, err
	}
	targets, err := s.named(g, o.Replicas)
	return []toCheck{{g, targets}}, err
}

// checkGroup tests the preconditions of replicating to targets, or to the members that are not the primary.
func (s *Session) checkGroup(ctx context.Context, g *group, targets []replication.Node) checked {
	var out checked
	facts := g.inspect(ctx, replication.Survey)
	reached := map[string]bool{}
	for _, f := range facts {
		if unreached(f.Err) {
			out.unreached = append(out.unreached, f.Err)
		}
		if f.Err != nil {
			out.checks = append(out.checks, reach(f.Node.Label, f.Err))
			reached[f.Node.Label] = true
		}
	}
	t := g.topology(facts)
	if len(targets) == 0 && t.Primary != nil {
		targets = g.those(func(n replication.Node) bool { return !n.Same(t.Primary.Node) })
	}
	over := g.target.Database.ReplicateOver
	var checks []plan.Check
	var asked []replication.Facts
	for _, some := range bySource(t, targets) {
		req := replication.Request{Command: "check", Topology: some.from, Options: replication.Options{Over: over}}
		for _, n := range some.targets {
			req.Targets = append(req.Targets, findFacts(facts, n))
		}
		if p := some.from.Primary; p != nil && p.Err == nil {
			req.Links = g.probe(ctx, *p, req.Targets, over)
		}
		checks = append(checks, g.engine.Check(req)...)
		asked = append(asked, req.Targets...)
	}
	for _, c := range append(checks, s.clients(ctx, g, t, asked, over)...) {
		if c.Name != "reach" || !reached[c.Server] {
			out.checks = append(out.checks, c)
		}
	}
	return out
}

// reach is the check of a server that was asked; err is why it did not answer.
func reach(server string, err error) plan.Check {
	var sudo *remote.SudoError
	name := "reach"
	if errors.As(err, &sudo) {
		name = "sudo"
	}
	return plan.Check{Name: name, Server: server, Detail: err.Error(), Hint: HintOf(err)}
}

// unreached tells whether the error is one of the connection.
func unreached(err error) bool {
	var unreachable *remote.UnreachableError
	var key *remote.HostKeyError
	var login *remote.LoginError
	var lost *remote.LostError
	return errors.As(err, &unreachable) || errors.As(err, &key) || errors.As(err, &login) || errors.As(err, &lost)
}

// checkApps tests the hooks of the apps, and their app servers, side by side.
func (s *Session) checkApps(ctx context.Context, apps []inventory.App) checked {
	var servers []envpush.Server
	for _, app := range apps {
		servers = append(servers, s.appServers(app, homeOf(apps), nil)...)
	}
	var out checked
	for _, app := range apps {
		for _, name := range inventory.Hooked() {
			out.checks = append(out.checks, s.hookChecks(app, before+"_"+name, after+"_"+name)...)
		}
	}
	for i, look := range s.Env(Pushing{}).Look(ctx, servers) {
		out.checks = append(out.checks, envCheck(servers[i], look))
		if unreached(look.Err) {
			out.unreached = append(out.unreached, look.Err)
		}
	}
	return out
}
