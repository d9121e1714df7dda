package postgresql

import (
	"context"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// The ways to mend a replica, cheapest first.
const (
	methodNone    = "none"
	methodRestart = "restart" // start it, or let it in again: the WAL that it needs is still there
	methodRewind  = "rewind"  // take back what it wrote itself, and fetch what differs
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
	change := primaryChanges(req)
	for i, t := range targets {
		if !c.exists(t) || !c.Identity(instanceOf(primary), instanceOf(t)) {
			p.Checks = c.List
			return p, nil
		}
		jobs[i].making = newMaking(req, t)
		c.resync(primary, t, jobs[i].method)
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %s, because %s", t.Node.Label, jobs[i].method, jobs[i].why))
		if jobs[i].method == methodFull || jobs[i].method == methodRewind {
			p.Notes = append(p.Notes, replica.Leaves(req.Topology, t)...)
		}
	}
	p.Checks = c.List
	for _, j := range jobs {
		p.Steps = append(p.Steps, j.begin(j.method))
	}
	if len(change.list) > 0 {
		p.Steps = append(p.Steps, settingsStep(primary, change, jobs[0].Adopt))
	}
	for _, j := range jobs {
		p.Steps = append(p.Steps, j.letIn()...)
	}
	for _, j := range jobs {
		switch j.method {
		case methodRestart, methodNone:
			p.Steps = append(p.Steps, j.restart(), j.prove())
			p.Estimate.Seconds += aroundSeconds
		case methodRewind:
			p.Steps = append(p.Steps, j.rewindSteps(req.Options.Method == methodRewind)...)
			e := estimate(replication.Request{Topology: req.Topology, Targets: []replication.Facts{j.Target.Facts}, Links: req.Links, Options: req.Options})
			p.Estimate.Seconds += e.Seconds
			if s := j.pn.survey; s != nil {
				p.Estimate.Bytes += s.WALBytes // pg_rewind fetches all of it, however little has changed
			}
		case methodFull:
			if j.Ran && j.Target.Facts.Replica {
				p.Steps = append(p.Steps, j.Pause())
			}
			p.Steps = append(p.Steps, j.copySteps()...)
			e := estimate(replication.Request{Topology: req.Topology, Targets: []replication.Facts{j.Target.Facts}, Links: req.Links, Options: req.Options})
			p.Estimate.Seconds += e.Seconds
			p.Estimate.Bytes += e.Bytes
		}
	}
	var finish []plan.Step
	for _, j := range jobs {
		finish = append(finish, j.finish(j.method))
	}
	p.Steps = append(p.Steps, replica.Together(finish))
	for _, j := range jobs {
		p.Steps = append(p.Steps, j.letGo(req.Topology)...)
		if j.method == methodRewind || j.method == methodFull {
			p.Steps = append(p.Steps, j.Prune()...)
		}
	}
	return p, p.Validate()
}

// letIn repairs what the primary holds for the replica; on a sound system every step is found done. A failure takes away
// what the run made, and nothing else: a replica that exists needs what it had.
func (m making) letIn() []plan.Step {
	role, hba, reach, slot := m.role(), m.hba(), m.reach(), m.slot()
	if !m.fresh.Orphan { // else no password was there before
		role.Undo = plan.Undoable("drop the role", func(ctx context.Context, _ plan.Progress) error { return m.dropRole(ctx) })
	}
	m.keep(&role, m.fresh.NewRole)
	m.keep(&hba, m.fresh.NewRules)
	// A new slot holds no WAL from before, and the next look must not take it for one that does.
	m.keep(&slot, m.fresh.NewSlot)
	reach.Adopt = false
	return []plan.Step{role, hba, reach, slot}
}

// keep leaves the step without an undo where its effect was there before: a replica that exists needs it.
func (m making) keep(s *plan.Step, made bool) {
	if !made {
		s.Adopt, s.Undo = false, plan.NoEffect("nothing: the replica needs it in any case")
	}
}

// cheapest chooses the way for one target, and says why.
func cheapest(req replication.Request, t replication.Facts) (method, why string) {
	n, pn := nativeOf(t), nativeOf(*req.Topology.Primary)
	if method, why := replica.Settled(req, n.Unfinished); method != "" {
		return method, why
	}
	held, hasSlot := pn.slot(replicaName(t.Node))
	rewind := methodRewind
	if len(n.Tablespaces)+len(pn.Tablespaces) > 0 {
		rewind = methodFull // a rewound copy would share its tablespaces with the data that is kept
	}
	if req.Topology.Top != nil && pn.Version < rewindsFromStandby {
		rewind = methodFull
	}
	switch {
	case replica.Healthy(req.Topology, t):
		return methodNone, "it follows"
	case t.Identity == "" || t.Identity != pn.SystemIdentifier:
		return methodFull, "its data is not the primary's"
	case !t.Replica && !n.canRewind():
		return methodFull, "it was written to, and pg_rewind needs data checksums or wal_log_hints"
	case !t.Replica:
		return rewind, "it was promoted or written to, and has changes of its own"
	case n.Timeline > pn.Timeline && pn.Timeline != 0 && t.Running:
		return rewind, "it is on a timeline that the primary does not know"
	case hasSlot && held.Status == "lost":
		return methodFull, "the primary no longer has the WAL that it needs"
	case !hasSlot && !walThere(pn, n):
		return methodFull, "its slot is gone, and so may be the WAL that it needs"
	case !t.Running:
		return methodRestart, "it is stopped, and the primary still has the WAL that it needs"
	default:
		return methodRestart, "it runs but does not follow, and the primary still has the WAL that it needs"
	}
}

// walThere tells whether the primary's oldest WAL reaches back to where the replica stands.
func walThere(primary, standby *native) bool {
	oldest, at := primary.oldestWAL(), parseLSN(standby.LSN)
	if at == 0 {
		at = parseLSN(standby.ControlLSN)
	}
	return oldest != 0 && at != 0 && oldest <= at
}
