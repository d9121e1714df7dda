package redis

import (
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// PlanEnable makes the request's targets replicas of the topology's primary. A target that already is one, in good
// health, needs nothing but to lose what it may have from when it was a primary.
func (e *Engine) PlanEnable(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	waiting := replica.Waiting(req)
	if len(waiting) == 0 {
		for _, t := range req.Targets {
			p.Steps = append(p.Steps, newMaking(req, t).leadsNoMore(req.Topology)...)
		}
		return p, nil
	}
	req.Targets = waiting
	p.Checks = e.Check(req)
	if req.Topology.Primary == nil {
		return p, nil
	}
	for _, t := range append([]replication.Facts{*req.Topology.Primary}, req.Targets...) {
		if t.Err != nil || !t.Installed {
			return p, nil // the checks say so; there is nothing to plan with
		}
	}
	p.Estimate = estimate(req)
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, newMaking(req, t))
	}
	p.Steps = enableSteps(req, makings)
	p.Notes = notes(makings)
	return p, p.Validate()
}

// enableSteps prepares the primary once, then lets each replica in, then copies to all of them side by side.
func enableSteps(req replication.Request, makings []making) []plan.Step {
	primary := *req.Topology.Primary
	var steps []plan.Step
	for _, m := range makings {
		steps = append(steps, m.beginning(""))
	}
	if c := makings[0].changes; len(c.list) > 0 {
		steps = append(steps, settingsStep(primary, c, makings[0].Adopt))
	} else if s, there := adoptedSettings(primary, makings); there {
		steps = append(steps, s)
	}
	for _, m := range makings {
		steps = append(steps, m.user(), m.reach())
	}
	steps = append(steps, raise(req, makings[0].Adopt))
	for _, m := range makings {
		steps = append(steps, m.copySteps()...)
	}
	steps = append(steps, lower(primary, syncNames(req)))
	var finish []plan.Step
	for _, m := range makings {
		finish = append(finish, m.Finish(m.beginning("")))
	}
	steps = append(steps, replica.Together(finish))
	for _, m := range makings {
		steps = append(steps, m.leadsNoMore(req.Topology)...)
	}
	return steps
}

// copySteps are those on the replica's own server, which run beside those of other replicas.
func (m making) copySteps() []plan.Step {
	steps := []plan.Step{m.aside(), m.start(), m.prove()}
	if m.Options.DiscardOld {
		return append([]plan.Step{m.discard()}, steps...)
	}
	return steps
}

// beginning notes on both servers that a run is under way.
func (m making) beginning(method string) plan.Step {
	return m.Begin(replica.Begun{Method: method, Engine: runNote{NewUser: m.newUser, Following: m.following, Held: m.held, Replica: m.was, Before: m.before()}, Left: m.userThere})
}

func notes(makings []making) []string {
	var out []string
	for _, m := range makings {
		if m.Adopt {
			out = append(out, fmt.Sprintf("%s: takes up run %s, which did not finish", m.To(), m.Run))
		}
		if !m.Options.DiscardOld {
			out = append(out, fmt.Sprintf("%s: undo brings the old data back; cleanup deletes it", m.To()))
		}
		if m.Options.MaxRate > 0 {
			out = append(out, fmt.Sprintf("%s: --max-rate has no effect: the primary itself sends the copy, as fast as it can", m.To()))
		}
	}
	return out
}
