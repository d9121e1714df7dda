package mysql

import (
	"context"
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// The ways to mend a replica, cheapest first. The second rung, catching up by GTID, is part of the first: a replica
// whose threads are started asks for what it has not got.
const (
	methodNone    = "none"
	methodRestart = "restart"
	methodFull    = "full" // a new copy
)

// task is one replica to mend, and how.
type task struct {
	making
	method, why string
}

// PlanResync mends the request's targets in the cheapest way that works for each, which the plan says.
func (e *Engine) PlanResync(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	if req.Topology.Primary == nil {
		p.Checks = e.Check(req)
		return p, nil
	}
	var tasks []task
	var targets []replication.Facts
	for _, t := range req.Targets {
		method, why := cheapest(req, t)
		if method == methodNone && nativeOf(t).Unfinished == nil {
			continue
		}
		tasks = append(tasks, task{method: method, why: why})
		targets = append(targets, t)
	}
	req.Targets = targets
	if len(tasks) == 0 {
		return p, nil
	}
	c := e.checker(req)
	primary := *req.Topology.Primary
	answers := c.runs(primary)
	if answers {
		c.primary(primary)
	}
	for i, t := range targets {
		if !c.Exists(instanceOf(t), nativeOf(t).where()) || !c.Identity(instanceOf(primary), instanceOf(t)) {
			p.Checks = c.List
			return p, nil
		}
		tasks[i].making = e.newMaking(req, t)
		c.resync(primary, t, tasks[i].method)
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %s, because %s", t.Node.Label, tasks[i].method, tasks[i].why))
		if tasks[i].method == methodFull {
			p.Notes = append(p.Notes, replica.Leaves(req.Topology, t)...)
		}
	}
	p.Checks = c.List
	if !answers {
		return p, nil
	}
	change := primaryChanges(req)
	p.Estimate = estimateWith(replication.Request{Topology: req.Topology, Options: req.Options}, change)
	p.Estimate.Seconds = 0
	begins := make([]plan.Step, len(tasks))
	for i, j := range tasks {
		begins[i] = j.begin(j.method)
		p.Steps = append(p.Steps, begins[i])
	}
	if len(change.list) > 0 {
		p.Steps = append(p.Steps, optionsStep(primary, change, tasks[0].Adopt))
	}
	for i, j := range tasks {
		if j.clones() && j.method == methodFull && !slices.ContainsFunc(tasks[:i], func(o task) bool { return o.clones() && o.method == methodFull }) {
			p.Steps = append(p.Steps, j.plugin())
		}
		p.Steps = append(p.Steps, j.letIn()...)
		if j.Chained && j.method == methodFull && j.engine.flavour == mariaDB {
			p.Steps = append(p.Steps, j.mark())
		}
	}
	for _, j := range tasks {
		if j.method != methodFull {
			p.Steps = append(p.Steps, j.restart(), j.prove())
			p.Estimate.Seconds += aroundSeconds
			continue
		}
		p.Notes = append(p.Notes, j.slowNotes()...)
		if req.Topology.Top == nil {
			p.Estimate.PrimaryUnavailableSeconds += lockSeconds([]making{j.making})
		}
		p.Steps = append(p.Steps, j.copySteps()...)
		one := estimate(replication.Request{Topology: req.Topology, Targets: []replication.Facts{j.target}, Links: req.Links, Options: req.Options})
		p.Estimate.Seconds += one.Seconds
		p.Estimate.Bytes += one.Bytes
	}
	var finish []plan.Step
	for i, j := range tasks {
		finish = append(finish, j.Finish(begins[i]))
	}
	p.Steps = append(p.Steps, replica.Together(finish))
	for _, j := range tasks {
		if j.method == methodFull {
			p.Steps = append(p.Steps, j.Prune()...)
		}
	}
	return p, p.Validate()
}

// resync tests what a way to mend a replica needs.
func (c *checker) resync(p, t replication.Facts, method string) {
	switch method {
	case methodNone, methodRestart, methodFull:
	default:
		c.Refuse("method", t.Node.Label, "--method restart, or full", "%s has no way to mend a replica by %s", c.engine.flavour.title(), method)
	}
	c.Free(instanceOf(p), instanceOf(t), feeds(t))
	c.version(p, t)
	c.tools(p, t)
	c.place(t)
	c.replicaOptions(t)
	if method == methodFull {
		c.dump(p, t)
		c.layout(p, t)
		c.clients(t)
		c.disk(p, t)
		c.logs(p)
		c.port(p, t)
		return
	}
	c.Port(p, t, false)
}

// cheapest chooses the way for one target, and says why.
func cheapest(req replication.Request, t replication.Facts) (method, why string) {
	n, p := nativeOf(t), *req.Topology.Primary
	if method, why := replica.Settled(req, n.Unfinished); method != "" {
		return method, why
	}
	foreign := errant(p, t)
	var c channel
	if len(n.Channels) > 0 {
		c = n.Channels[0]
	}
	switch {
	case replica.Healthy(req.Topology, t):
		return methodNone, "it follows"
	case !t.Running && !t.Replica:
		return methodFull, "it is stopped, and nothing says that it was a replica"
	case foreign != "":
		return methodFull, "it has transactions of its own, which are set aside: " + foreign
	case !t.Running && missing(p, t):
		return methodFull, "it is stopped, and the primary no longer has the binary logs that it needs"
	case !t.Running:
		return methodRestart, "it is stopped"
	case t.Identity != p.Identity && n.Executed == "": // what came as a dump was made there, and has the primary's transactions
		return methodFull, "its data is not the primary's"
	case !t.Replica:
		return methodFull, "it was made a server of its own"
	case gone(c.ReadErrno) || missing(p, t):
		return methodFull, "the primary no longer has the binary logs that it needs"
	case c.ApplyErrno != 0 && !transient(c.ApplyErrno):
		return methodFull, fmt.Sprintf("its data differs: it stopped with error %d, %s", c.ApplyErrno, c.ApplyError)
	case !c.AutoPosition:
		return methodFull, "it follows by file and position, and where that is in GTIDs is not known"
	}
	return methodRestart, "the primary still has all that it needs"
}

// transient tells whether an error of the applying thread says nothing about the data: a lock that was not had in time, a
// deadlock, a full disk, a connection that was killed, a broken relay log.
func transient(errno int) bool {
	switch errno {
	case 1205, 1213, 1021, 1030, 1317, 1927, 1594, 1595, 13121, 13117:
		return true
	}
	return false
}

// letIn repairs what the primary holds for the replica; on a sound system every step is found done. A failure takes away
// the account, if the run made it, and nothing else: a replica that exists needs what it had.
func (m making) letIn() []plan.Step {
	account, reach := m.account(), m.reach()
	reach.Adopt = false
	switch {
	case m.claimed:
	case m.newUser:
		// The password file stays: it was there before.
		account.Undo = plan.Undoable("drop the account", func(ctx context.Context, _ plan.Progress) error { return m.dropAccount(ctx) })
	default:
		account.Adopt, account.Undo = false, plan.NoEffect("nothing: the replica needs it in any case")
	}
	return []plan.Step{account, reach}
}

// restart brings a replica back that has all it needs: its options and its connection are written anew.
func (m making) restart() plan.Step {
	undo := plan.NoEffect("nothing: it stays as far as it came")
	switch {
	case !m.Ran:
		undo = plan.Undoable("stop it again", func(ctx context.Context, _ plan.Progress) error { return m.Target.Stop(ctx) })
	case len(m.tn.Channels) > 0 && m.tn.Channels[0].Reading == "No":
		undo = plan.Undoable("stop its threads again", func(ctx context.Context, _ plan.Progress) error {
			return changeHere(ctx, m.target, "stop the threads", m.tn.words(stopThreads))
		})
	}
	return m.Step(plan.Step{
		ID: "restart", Server: m.To(), Title: "start the replica and let it catch up", Lane: m.To(),
		Commands: append([]string{"write " + m.tn.dropIn(), "systemctl restart " + m.tn.Service}, m.followCommands()...),
		Disrupts: m.To() + " restarts, if its options are not those of a replica",
		Done:     m.sound,
		Do: func(ctx context.Context, report plan.Progress) error {
			if err := m.configure(ctx); err != nil {
				return err
			}
			if err := m.Target.StartIfDown(ctx); err != nil {
				return err
			}
			if optionsHold(ctx, m.target, m.replicaOptions()) != nil {
				if err := m.Target.Start(ctx, "restart"); err != nil {
					return err
				}
			}
			if err := m.connect(ctx); err != nil {
				return err
			}
			return m.followed(ctx, report)
		},
		Undo: undo,
	})
}

// sound tells whether the replica follows, with the options of one.
func (m making) sound(ctx context.Context) (bool, error) {
	if ok, err := m.streams(ctx); err != nil || !ok {
		return false, err
	}
	return optionsHold(ctx, m.target, m.replicaOptions()) == nil, ctx.Err()
}
