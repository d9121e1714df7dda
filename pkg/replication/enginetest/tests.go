package enginetest

import (
	"context"
	"errors"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

func (g *group) inspects() {
	for _, depth := range []replication.Depth{replication.Glance, replication.Survey} {
		facts := g.facts(depth)
		for _, f := range facts {
			switch {
			case f.Err != nil:
				g.Errorf("%s: %v", f.Node.Label, f.Err)
			case !f.Installed || !f.Running || !f.Writable || f.Replica || f.Problem != "":
				g.Errorf("%s: a fresh server that runs is %+v", f.Node.Label, f)
			case f.Version == "" || f.Identity == "" || f.Instance == "" || f.Position == "" || f.Host.Hostname == "":
				g.Errorf("%s: version %q, identity %q, instance %q, position %q, host %q", f.Node.Label, f.Version, f.Identity, f.Instance, f.Position, f.Host.Hostname)
			}
		}
		if facts[0].Instance == facts[1].Instance {
			g.Errorf("two servers are one instance, %s", facts[0].Instance)
		}
		again := g.facts(depth)
		if again[0].Instance != facts[0].Instance || again[0].Identity != facts[0].Identity {
			g.Errorf("asked twice, %s is another instance", facts[0].Node.Label)
		}
	}
}

// cut is a runner whose server cannot be reached.
type cut struct {
	remote.Runner
	err error
}

func (c cut) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{Code: -1}, c.err
}

func (g *group) inspectFails() {
	for _, err := range []error{
		&remote.UnreachableError{Server: "db", Addr: "203.0.113.1", Err: errors.New("no route to host")},
		&remote.SudoError{Server: "db", User: "deploy", As: "root", Detail: "a password is required"},
		&remote.LostError{Server: "db", Title: "inspect", Err: errors.New("broken pipe")},
		&remote.ExitError{Server: "db", Title: "inspect", Code: 127, Stderr: "sh: not found"},
	} {
		node := g.Nodes[0]
		node.Runner = cut{node.Runner, err}
		f := g.Engine.Inspect(g.Context(), node, replication.Survey)
		if !errors.Is(f.Err, err) {
			g.Errorf("%v became %v", err, f.Err)
		}
		if f.Running || f.Writable || f.Installed || !f.Node.Same(node) {
			g.Errorf("facts of a server that was not asked: %+v", f)
		}
	}
}

func (g *group) fresh() {
	g.alone()
	for _, c := range g.Engine.Check(g.request("enable")) {
		if !c.OK && !c.Warning || c.Name == "" || c.Detail == "" {
			g.Errorf("a fresh group fails %+v", c)
		}
	}
}

func (g *group) plansArePure() {
	for _, command := range []string{"enable", "disable", "resync", "undo", "cleanup"} {
		req := g.silence(g.request(command))
		first, err1 := g.planner(command)(req)
		second, err2 := g.planner(command)(req)
		if err1 != nil || err2 != nil {
			g.Errorf("%s: %v, %v", command, err1, err2)
		}
		if first.Fingerprint() != second.Fingerprint() {
			g.Errorf("%s: the same facts made two plans", command)
		}
		// A look a moment later finds other numbers and the same plan.
		req.Topology.Primary.Position += "0"
		if later, err := g.planner(command)(req); err != nil || later.Fingerprint() != first.Fingerprint() {
			g.Errorf("%s: the plan changes with the position", command)
		}
	}
	g.alone() // nothing was changed by planning
}

func (g *group) plansKeepTheContract() {
	check := func(command string) {
		p := g.plan(command)
		if err := p.Validate(); err != nil {
			g.Errorf("%s: %v", command, err)
		}
		for _, s := range p.Steps {
			if !s.Undo.Possible() && s.Done == nil {
				g.Errorf("%s: %s has no way back and cannot tell whether it is done", command, s.ID)
			}
			if len(s.Commands) == 0 {
				g.Errorf("%s: %s does not say what it runs", command, s.ID)
			}
		}
	}
	check("enable")
	g.apply("enable")
	for _, command := range []string{"disable", "undo", "cleanup"} {
		check(command)
	}
}

func (g *group) enables() {
	g.Write(g.T)
	g.apply("enable")
	r := g.replica()
	if r.State != replication.Streaming || r.Problem != "" || r.LagBytes == nil || r.LagSeconds == nil {
		g.Errorf("after enable: %s, %q, lag %v, %v", r.State, r.Problem, r.LagBytes, r.LagSeconds)
	}
	if f := r.Facts; f.Writable || !f.Replica || f.Follows == "" || f.Unfinished != "" || len(f.Kept) != 1 {
		g.Errorf("after enable: %+v", f)
	}
	if top := g.topology(); top.Primary.Identity != r.Facts.Identity || !top.Healthy() || len(top.Leftovers) > 0 {
		g.Errorf("after enable: %+v", top)
	}
	for _, command := range []string{"enable", "resync"} {
		if p := g.plan(command); len(p.Steps) > 0 || p.Refusal() != nil {
			g.Errorf("%s of a healthy replica has %d steps, %v", command, len(p.Steps), p.Refusal())
		}
	}
	g.Write(g.T)
}

func (g *group) disables() {
	g.apply("enable")
	g.Write(g.T)
	g.apply("disable")
	g.alone()
	if g.Crash != nil {
		before := g.own()
		g.Crash()
		if after := g.own(); after != before {
			g.Errorf("after a crash it holds %s, not %s", after, before)
		}
	}
	g.Write(g.T)
}

func (g *group) undoes() {
	before := g.own()
	g.apply("enable")
	if copied := g.own(); copied == before {
		g.Errorf("after enable it still holds %s", copied)
	}
	g.apply("undo")
	g.alone()
	if now, kept := g.own(), g.facts(replication.Glance)[1].Kept; now != before || len(kept) > 0 {
		g.Errorf("after undo: %s, not %s; kept %v", now, before, kept)
	}
	g.apply("enable")
	g.apply("cleanup")
	if f := g.replica().Facts; len(f.Kept) > 0 {
		g.Errorf("after cleanup: kept %v", f.Kept)
	}
	if p := g.plan("undo"); p.Refusal() == nil || len(p.Steps) > 0 {
		g.Errorf("undo after cleanup: %d steps, %v", len(p.Steps), p.Refusal())
	}
}

func (g *group) unreachable() {
	g.apply("enable")
	replica := g.Nodes[1].Runner
	g.Nodes[1].Runner = cut{replica, &remote.UnreachableError{Server: "db", Addr: "203.0.113.1", Err: errors.New("no route to host")}}
	r := g.replica()
	if r.State != replication.Broken || r.Problem == "" || r.LagBytes != nil || r.LagSeconds != nil {
		g.Errorf("a replica that cannot be reached is %s, %q, lag %v, %v", r.State, r.Problem, r.LagBytes, r.LagSeconds)
	}
	for _, command := range []string{"enable", "resync"} {
		if p, err := g.planner(command)(g.request(command)); err == nil && p.Refusal() == nil {
			g.Errorf("%s of a server that cannot be reached is not refused", command)
		}
	}
	g.Nodes[1].Runner = replica
	primary := g.Nodes[0].Runner
	g.Nodes[0].Runner = cut{primary, &remote.UnreachableError{Server: "db", Addr: "203.0.113.1", Err: errors.New("no route to host")}}
	top := g.topology()
	if top.Healthy() || len(top.Problems) == 0 {
		g.Errorf("without its primary the group is healthy: %+v", top)
	}
	for _, r := range top.Replicas {
		if r.State.Healthy() || r.LagBytes != nil || r.LagSeconds != nil {
			g.Errorf("without its primary the replica is %s, lag %v", r.State, r.LagBytes)
		}
	}
	g.Nodes[0].Runner = primary
}

// promotes makes the second server the primary and back again; what was written stays, and nothing is left over.
func (g *group) promotes() {
	if _, ok := g.Engine.(replication.Promoter); !ok {
		g.Skip("this engine makes no replica the primary")
	}
	g.Write(g.T)
	g.apply("enable")
	g.apply("promote")
	top := g.topology()
	if top.Primary == nil || !top.Primary.Node.Same(g.Nodes[1]) || len(top.Replicas) != 1 || !top.Healthy() || len(top.Leftovers) > 0 {
		g.Fatalf("after promote: primary %v, replicas %v, problems %q, left over %v", top.Primary, top.Replicas, top.Problems, top.Leftovers)
	}
	if f := top.Replicas[0].Facts; f.Writable || !f.Replica || f.Unfinished != "" || top.Primary.Unfinished != "" {
		g.Errorf("the old primary: %+v", f)
	}
	if p := g.plan("promote"); len(p.Steps) > 0 || p.Refusal() != nil {
		g.Errorf("promote of the primary has %d steps, %v", len(p.Steps), p.Refusal())
	}
	g.Nodes[0], g.Nodes[1] = g.Nodes[1], g.Nodes[0]
	closes, opens := 0, 0
	for _, s := range g.plan("promote").Steps {
		if s.Closes {
			closes++
		}
		if s.Opens {
			opens++
		}
	}
	if closes != 1 || opens != 1 {
		g.Errorf("%d steps end the writes, and %d allow them again", closes, opens)
	}
	g.apply("promote")
	g.Nodes[0], g.Nodes[1] = g.Nodes[1], g.Nodes[0]
	if r := g.replica(); r.State != replication.Streaming || len(g.topology().Leftovers) > 0 {
		g.Errorf("after the way back: %s, %q, left over %v", r.State, r.Problem, g.topology().Leftovers)
	}
	g.Write(g.T)
}
