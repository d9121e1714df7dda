package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// The ways to mend a replica, cheapest first.
const (
	methodNone    = "none"
	methodRestart = "restart" // start it, or connect it again: it goes on where it was
	methodFull    = "full"    // a new copy
)

// PlanResync mends the request's targets in the cheapest way that works for each, which the plan says.
func (e *Engine) PlanResync(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	if req.Topology.Primary == nil {
		p.Checks = e.Check(req)
		return p, nil
	}
	type task struct {
		making
		method string
	}
	var tasks []task
	var targets []replication.Facts
	for _, t := range req.Targets {
		method, why := cheapest(req, t)
		if method == methodNone && nativeOf(t).notes.Unfinished == nil {
			p.Steps = append(p.Steps, newMaking(req, t).leadsNoMore(req.Topology)...)
			continue
		}
		tasks = append(tasks, task{method: method})
		targets = append(targets, t)
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %s, because %s", t.Node.Label, method, why))
	}
	req.Targets = targets
	if len(tasks) == 0 {
		p.Notes = nil
		return p, nil
	}
	c := newChecker(req)
	primary := *req.Topology.Primary
	if c.runs(primary) {
		c.primary(primary)
	}
	copies := req
	copies.Targets = nil
	for i, t := range targets {
		if !c.Exists(instance(t), nativeOf(t).Config) || !c.Identity(instance(primary), instance(t)) {
			p.Checks = c.List
			return p, nil
		}
		tasks[i].making = newMaking(req, t)
		c.mending(primary, t, tasks[i].method)
		if tasks[i].method == methodFull {
			copies.Targets = append(copies.Targets, t)
		}
	}
	p.Checks = c.List
	if !knownMethods[req.Options.Method] {
		return p, nil // the checks say so
	}
	for _, t := range tasks {
		p.Steps = append(p.Steps, t.beginning(t.method))
	}
	if change := tasks[0].changes; len(change.list) > 0 {
		p.Steps = append(p.Steps, settingsStep(primary, change, tasks[0].Adopt))
	}
	for _, t := range tasks {
		p.Steps = append(p.Steps, t.letIn()...)
	}
	if len(copies.Targets) > 0 {
		p.Steps = append(p.Steps, raise(copies, tasks[0].Adopt))
	}
	for _, t := range tasks {
		if t.method == methodFull {
			p.Steps = append(p.Steps, t.copySteps()...)
		} else {
			p.Steps = append(p.Steps, t.again(), t.prove())
		}
	}
	if len(copies.Targets) > 0 {
		p.Steps = append(p.Steps, lower(primary, syncNames(copies)))
	}
	var finish []plan.Step
	for _, t := range tasks {
		finish = append(finish, t.Finish(t.beginning(t.method)))
	}
	p.Steps = append(p.Steps, replica.Together(finish))
	for _, t := range tasks {
		p.Steps = append(append(p.Steps, t.letGo(req.Topology)...), t.leadsNoMore(req.Topology)...)
		if t.method == methodFull {
			p.Steps = append(p.Steps, t.Prune()...)
		}
	}
	p.Estimate = estimate(copies)
	p.Estimate.Seconds += float64(aroundSeconds * (len(tasks) - len(copies.Targets)))
	return p, p.Validate()
}

// knownMethods are those that a user may ask for.
var knownMethods = map[string]bool{"": true, "auto": true, methodRestart: true, methodFull: true}

// mending tests what a way to mend a replica needs.
func (c *checker) mending(p, t replication.Facts, method string) {
	c.Free(instance(p), instance(t), fedBy(t))
	if !knownMethods[c.Req.Options.Method] {
		c.Refuse("method", t.Node.Label, "--method auto, restart or full", "Redis has no way to %s a replica", c.Req.Options.Method)
		return
	}
	if method == methodFull {
		c.copying(p, t)
		c.clients(t)
		return
	}
	c.version(p, t)
	c.Port(p, t, c.opens(p))
}

// cheapest chooses the way for one target, and says why.
func cheapest(req replication.Request, t replication.Facts) (method, why string) {
	n, p := nativeOf(t), nativeOf(*req.Topology.Primary)
	if method, why := replica.Settled(req, n.notes.Unfinished); method != "" {
		return method, why
	}
	state := "it runs but does not follow"
	id, offset := n.Info["master_replid"], n.offset()
	switch {
	case replica.Healthy(req.Topology, t):
		return methodNone, "it follows"
	case t.Running && !t.Replica:
		return methodFull, "it was let go behind belt's back, and may have changes of its own"
	case t.Running && t.Writable:
		return methodFull, "replica-read-only is no there: it may have changes of its own"
	case !t.Running && !t.Replica:
		return methodFull, "its configuration no longer makes it a replica, so it may have changes of its own"
	case !t.Running && n.loadsLog():
		return methodFull, "it is stopped, and its append-only file does not tell where it was"
	case !t.Running:
		id, offset = n.Head.ID, n.Head.Offset
		state = "it is stopped"
	}
	if gap := p.covers(id, offset); gap != "" {
		return methodFull, state + ", and " + gap
	}
	return methodRestart, state + ", and the primary still has the changes that it needs"
}

// loadsLog tells whether a stopped instance will start from an append-only file.
func (n *native) loadsLog() bool { return n.Conf.Value("appendonly") == "yes" }

// covers is why a replica that stands there cannot go on from what the primary has; empty when it can
// (replication.c, masterTryPartialResynchronization).
func (n *native) covers(id string, offset int64) string {
	first := n.number("repl_backlog_first_byte_offset")
	switch {
	case id == "" || offset == 0:
		return "its data does not tell where it was"
	case n.Info["repl_backlog_active"] != "1":
		return "the primary keeps no changes for it"
	case id != n.Info["master_replid"] && !(id == n.Info["master_replid2"] && offset <= n.number("second_repl_offset")):
		return "the primary has begun another history since"
	case offset+1 < first:
		return "the primary no longer has the changes that it needs"
	case offset > n.number("master_repl_offset") && n.Info["master_link_status"] != "up":
		// What it is to follow may itself be a replica, which gets the same changes a moment later.
		return "it has changes that the primary does not have"
	}
	return ""
}

// letIn repairs what the primary holds for the replica; on a sound system every step is found done. Nothing of it is
// undone on failure: a replica that exists needs it.
func (m making) letIn() []plan.Step {
	steps := []plan.Step{m.user(), m.reach()}
	for i := range steps {
		steps[i].Adopt = false
	}
	switch {
	case m.held != nil: // it is none yet: all is undone as for a new one
	case !m.newUser:
		steps[0].Undo = plan.NoEffect("nothing: the replica needs it in any case")
	default:
		steps[0].Undo = plan.Undoable("remove the user", func(ctx context.Context, _ plan.Progress) error { return m.dropUser(ctx) })
	}
	return steps
}

// again brings a replica back that has all it needs: its settings are written anew, and it is started or connected again.
func (m making) again() plan.Step {
	undo := plan.NoEffect("nothing: it stays as far as it came")
	if !m.Ran {
		undo = plan.Undoable("stop it again", func(ctx context.Context, _ plan.Progress) error { return m.Target.Stop(ctx) })
	}
	return m.Step(plan.Step{
		ID: "restart", Server: m.To(), Title: "let it follow again, from where it was", Lane: m.To(),
		Commands: []string{"to " + m.tn.Config + ": include " + m.tn.dropIn(), "systemctl start " + m.tn.Unit + ", or REPLICAOF " + m.Link.Address + " …"},
		Done:     m.follows,
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := included(ctx, m.target, true); err != nil {
				return err
			}
			w := m.newWatch(ctx)
			if answers(ctx, m.target) != nil {
				if err := m.begin(ctx, "start"); err != nil {
					return err
				}
			} else {
				// It has tried each second, and an attempt with the old password may be on its way.
				w.stale = 2 * time.Second
				if err := m.connect(ctx); err != nil {
					return err
				}
			}
			return w.follow(ctx, report)
		},
		Undo: undo,
	})
}

// connect gives a running replica what Belt's file there says.
func (m making) connect(ctx context.Context) error {
	have, err := readDropIn(ctx, m.target)
	if err != nil {
		return err
	}
	commands := append(m.settingsOf(have), command{"REPLICAOF", m.Link.Address, fmt.Sprint(m.port())})
	_, err = change(ctx, m.target, "follow the primary", commands...)
	return err
}
