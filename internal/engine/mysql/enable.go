package mysql

import (
	"context"
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const commandResync = "db replicate resync"

// PlanEnable makes the request's targets replicas of the topology's primary. A target that already is one, in good
// health, needs nothing.
func (e *Engine) PlanEnable(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	req.Targets = replica.Waiting(req)
	if len(req.Targets) == 0 {
		return p, nil
	}
	p.Checks = e.Check(req)
	if req.Topology.Primary == nil {
		return p, nil
	}
	for _, t := range append([]replication.Facts{*req.Topology.Primary}, req.Targets...) {
		if t.Err != nil || !t.Installed {
			return p, nil // the checks say so; there is nothing to plan with
		}
	}
	c := primaryChanges(req)
	p.Estimate = estimateWith(req, c)
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, e.newMaking(req, t))
	}
	p.Steps = enableSteps(*req.Topology.Primary, c, makings)
	if req.Topology.Top == nil {
		p.Estimate.PrimaryUnavailableSeconds += lockSeconds(makings)
	}
	p.Notes = notes(makings)
	return p, p.Validate()
}

// enableSteps prepares the primary once, then lets each replica in, then copies to all of them side by side.
func enableSteps(primary replication.Facts, c changes, makings []making) []plan.Step {
	var steps []plan.Step
	begins := make([]plan.Step, len(makings))
	for i, m := range makings {
		begins[i] = m.begin("")
		steps = append(steps, begins[i])
	}
	if len(c.list) > 0 {
		steps = append(steps, optionsStep(primary, c, makings[0].Adopt))
	} else if s, there := adoptedOptions(primary, makings); there {
		steps = append(steps, s)
	}
	for i, m := range makings {
		if m.clones() && !slices.ContainsFunc(makings[:i], making.clones) {
			steps = append(steps, m.plugin())
		}
		steps = append(steps, m.account(), m.reach())
	}
	for _, m := range makings {
		steps = append(steps, m.copySteps()...)
	}
	var finish []plan.Step
	for i, m := range makings {
		finish = append(finish, m.Finish(begins[i]))
	}
	return append(steps, replica.Together(finish))
}

// copySteps are those on the replica's own server, which run beside those of other replicas.
func (m making) copySteps() []plan.Step {
	var steps []plan.Step
	if m.Options.DiscardOld {
		steps = append(steps, m.Discard("mysql"))
	}
	return append(steps, m.seed(), m.swap(), m.start(), m.prove())
}

// begin notes on both servers that a run is under way.
func (m making) begin(method string) plan.Step {
	return m.Begin(replica.Begun{
		Method: method, Engine: begun{NewUser: m.newUser, Claimed: m.claimed, Before: m.before, Was: m.was, Why: m.why},
		Left: func(ctx context.Context) (bool, error) {
			if !m.newUser {
				return false, nil
			}
			out, err := ask(ctx, m.writable(), "look for the account", "SELECT COUNT(*) FROM mysql.user WHERE user = "+quoted(m.Name))
			return out != "0", err
		},
	})
}

// slowNotes say why the copy is a dump, if it is one.
func (m making) slowNotes() []string {
	if m.why == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s: a dump of %s, loaded there, because %s; that is ten times slower than a copy of files", m.To(), m.From(), m.why)}
}

// clones tells whether the data is copied by CLONE.
func (m making) clones() bool { return m.engine.flavour == mySQL && m.why == "" }

func notes(makings []making) []string {
	var out []string
	for _, m := range makings {
		out = append(out, m.slowNotes()...)
		if m.Adopt {
			out = append(out, fmt.Sprintf("%s: takes up run %s, which did not finish", m.To(), m.Run))
		}
		if !m.Options.DiscardOld {
			out = append(out, fmt.Sprintf("%s: undo brings the old data back; cleanup deletes it", m.To()))
		}
	}
	return out
}
