package mongodb

import (
	"context"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// The ways to mend a replica, cheapest first.
const (
	methodNone    = "none"
	methodRestart = "restart" // start it and let it catch up from the oplog
	methodAuto    = "auto"    // that, and a full copy where the oplog does not reach back
	methodFull    = "full"    // a clean initial sync
)

// PlanResync mends the request's targets in the cheapest way that works for each.
func (e *Engine) PlanResync(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	if req.Topology.Primary == nil {
		p.Checks = e.Check(req)
		return p, nil
	}
	type task struct {
		making
		method, why string
	}
	var jobs []task
	var targets []replication.Facts
	for _, t := range req.Targets {
		method, why := cheapest(req, t)
		if method == methodNone && nativeOf(t).Unfinished == nil {
			continue
		}
		jobs = append(jobs, task{method: method, why: why})
		targets = append(targets, t)
	}
	req.Targets = targets
	if len(jobs) == 0 {
		return p, nil
	}
	c := newChecker(req)
	primary := *req.Topology.Primary
	if c.runs(primary) {
		c.primary(primary)
	}
	for i, t := range targets {
		if !c.exists(t) || !c.Identity(instanceOf(primary), instanceOf(t)) || !c.oneApp(primary, t) {
			p.Checks = c.List
			return p, nil
		}
		if jobs[i].method == "rewind" {
			c.Refuse("method", t.Node.Label, "use --method auto, restart or full", "MongoDB takes back by itself what a member has and its primary has not: there is nothing to rewind")
			p.Checks = c.List
			return p, nil
		}
		jobs[i].making = newMaking(req, t)
		c.pair(primary, t)
		if jobs[i].method != methodRestart {
			c.disk(primary, t)
		}
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %s, because %s", t.Node.Label, jobs[i].method, jobs[i].why))
	}
	p.Checks = c.List
	var makings []making
	for _, j := range jobs {
		p.Steps = append(p.Steps, j.begin(j.method))
		makings = append(makings, j.making)
	}
	p.Steps = append(p.Steps, primarySteps(req, makings[0], makings)...)
	for _, j := range jobs {
		switch j.method {
		case methodFull:
			p.Steps = append(p.Steps, j.anew()...)
		case methodAuto:
			p.Steps = append(p.Steps, j.restart(true))
			for _, s := range j.anew() {
				p.Steps = append(p.Steps, j.unlessWell(s))
			}
		default:
			p.Steps = append(p.Steps, j.restart(false))
		}
	}
	for _, j := range jobs {
		if j.method == methodRestart || j.method == methodNone {
			p.Steps = append(p.Steps, j.rejoin())
		} else {
			p.Steps = append(p.Steps, j.join())
		}
	}
	for _, j := range jobs {
		p.Steps = append(p.Steps, j.sync(), j.prove())
		if j.method != methodRestart {
			part := estimate(replication.Request{Topology: req.Topology, Targets: []replication.Facts{j.Target.Facts}, Links: req.Links, Options: req.Options})
			p.Estimate.Bytes += part.Bytes
			p.Estimate.Seconds += part.Seconds
		} else {
			p.Estimate.Seconds += aroundSeconds
		}
	}
	var finish []plan.Step
	for _, j := range jobs {
		finish = append(finish, j.finish(j.method))
	}
	p.Steps = append(p.Steps, replica.Together(finish))
	for _, j := range jobs {
		if j.method == methodFull {
			p.Steps = append(p.Steps, j.Prune()...)
		}
	}
	return p, p.Validate()
}

// cheapest chooses the way for one target, and says why.
func cheapest(req replication.Request, t replication.Facts) (method, why string) {
	n, pn := nativeOf(t), nativeOf(*req.Topology.Primary)
	if method, why := replica.Settled(req, n.Unfinished); method != "" {
		return method, why
	}
	if replica.Healthy(req.Topology, t) {
		return methodNone, "it follows"
	}
	if !t.Running && n.setName() != pn.setName() {
		return methodFull, "it last ran outside of the set, and may have changes of its own"
	}
	if !t.Running {
		return methodAuto, "it is stopped: it catches up if the primary's oplog reaches back, and else copies everything anew"
	}
	_, member := listed(pn.Config, t)
	switch {
	case !t.Replica:
		return methodFull, "it runs outside of the set, and may have changes of its own"
	case n.inSet() && n.Config.id() != pn.Config.id():
		return methodFull, "it belongs to another set"
	case n.inSet() && n.Status.State == stateRecovering && !pn.Oplog.reaches(n.applied()):
		return methodFull, "the primary's oplog does not reach back to where it stands"
	case n.inSet() && n.Status.State == stateStartup2:
		return methodRestart, "its initial sync is under way"
	case !member:
		return methodFull, "it is no member of the set any more"
	}
	return methodAuto, "it runs and does not follow"
}

// anew sets the replica's data aside and starts it empty.
func (m making) anew() []plan.Step {
	var steps []plan.Step
	if m.Options.DiscardOld {
		steps = append(steps, m.Discard(storageFile))
	}
	return append(steps, m.swap(), m.start())
}

// unlessWell skips a step when the replica turned out to be well without it.
func (m making) unlessWell(s plan.Step) plan.Step {
	s.Title = "unless it catches up: " + s.Title
	before := s.Done
	s.Done = func(ctx context.Context) (bool, error) {
		if mine, err := m.InPlace(ctx); err != nil || mine {
			if err != nil || before == nil {
				return false, err
			}
			return before(ctx)
		}
		st, err := m.status(ctx)
		if err != nil || st.State != stateSecondary {
			return false, ctx.Err()
		}
		return true, nil
	}
	return s
}

// restart starts the replica and lets it catch up. tolerant: what it cannot is left to the steps behind it.
func (m making) restart(tolerant bool) plan.Step {
	undo := plan.NoEffect("nothing: it stays as far as it came")
	rewritten := len(m.write.from(m.noted.Conf.given())) > 0
	switch {
	case !m.Ran:
		undo = plan.Undoable("stop it again", func(ctx context.Context, _ plan.Progress) error {
			if there, err := m.InPlace(ctx); err != nil || there {
				return err // a copy that was not put back: its own undo failed
			}
			if err := m.Target.Stop(ctx); err != nil || !rewritten {
				return err
			}
			return m.unconfigure(ctx)
		})
	case rewritten:
		undo = plan.Undoable("put mongod.conf back and restart it", func(ctx context.Context, _ plan.Progress) error {
			if there, err := m.InPlace(ctx); err != nil || there {
				return err
			}
			if back, err := says(ctx, m.Target, m.noted.Conf); err != nil || back {
				return err
			}
			if err := m.unconfigure(ctx); err != nil {
				return err
			}
			return m.Target.Start(ctx, "restart")
		})
	}
	return m.Step(plan.Step{
		ID: "restart", Server: m.To(), Title: "start the replica and let it catch up", Lane: m.To(), Undo: undo,
		Commands: append(m.write.from(m.tn.Conf).lines(m.tn.ConfFile), "systemctl start "+m.tn.Service),
		Done: func(ctx context.Context) (bool, error) {
			st, err := m.status(ctx)
			if err != nil || st.State != stateSecondary {
				return false, ctx.Err()
			}
			there, err := m.position(ctx)
			return err == nil && st.Optimes.Applied.reached(there), ctx.Err()
		},
		Do: func(ctx context.Context, report plan.Progress) error {
			err := m.catchUp(ctx, report)
			if err == nil || ctx.Err() != nil {
				return err
			}
			if tolerant {
				report(0, 0, err.Error())
				return nil
			}
			if stuck, ok := errors.AsType[*stuckError](err); ok && stuck.stale {
				return fmt.Errorf("%w\nthe primary's oplog does not reach back to it: resync with --method full", err)
			}
			return err
		},
	})
}

func (m making) catchUp(ctx context.Context, report plan.Progress) error {
	if there, err := says(ctx, m.Target, m.write); err != nil {
		return err
	} else if !there {
		if err := m.rewrite(ctx); err != nil {
			return err
		}
		if err := m.Target.Start(ctx, "restart"); err != nil {
			return err
		}
	}
	if err := m.Target.StartIfDown(ctx); err != nil {
		return err
	}
	if is, err := m.isMember(ctx); err != nil || !is {
		return err // it is taken in by a later step
	}
	return m.follow(ctx, report)
}

// rejoin takes a replica into the set again that was taken out of it, and stays there whatever happens.
func (m making) rejoin() plan.Step {
	s := m.join()
	s.Adopt, s.Undo = false, plan.NoEffect("nothing: the replica needs it in any case")
	return s
}
