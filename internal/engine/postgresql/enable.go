package postgresql

import (
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

const (
	commandEnable  = "db replicate enable"
	commandDisable = "db replicate disable"
	commandResync  = "db replicate resync"
)

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
	p.Estimate = estimate(req)
	for _, t := range append([]replication.Facts{*req.Topology.Primary}, req.Targets...) {
		if t.Err != nil || !t.Installed {
			return p, nil // the checks say so; there is nothing to plan with
		}
	}
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, newMaking(req, t))
	}
	p.Steps = enableSteps(*req.Topology.Primary, primaryChanges(req), makings)
	p.Notes = notes(makings)
	return p, p.Validate()
}

// enableSteps prepares the primary once, then lets each replica in, then copies to all of them side by side. The role is
// made beside the settings and the lines in pg_hba.conf, unless it needs what they bring about.
func enableSteps(primary replication.Facts, c changes, makings []making) []plan.Step {
	var steps []plan.Step
	for _, m := range makings {
		steps = append(steps, m.begin(""))
	}
	if len(c.list) > 0 {
		steps = append(steps, settingsStep(primary, c, makings[0].Adopt))
	} else if s, there := adoptedSettings(primary, makings); there {
		steps = append(steps, s)
	}
	for _, m := range makings {
		role, hba := m.role(), m.hba()
		role.Lane, hba.Lane = "role", settingsLane
		steps = append(steps, role, hba, m.reach(), m.slot())
	}
	for _, m := range makings {
		steps = append(steps, m.copySteps()...)
	}
	var finish []plan.Step
	for _, m := range makings {
		finish = append(finish, m.finish(""))
	}
	return append(steps, replica.Together(finish))
}

// copySteps are those on the replica's own server, which run beside those of other replicas.
func (m making) copySteps() []plan.Step {
	var steps []plan.Step
	if m.Options.DiscardOld {
		steps = append(steps, m.Discard("PG_VERSION"))
	}
	steps = append(steps, m.seed())
	if s, needed := m.access(); needed {
		steps = append(steps, s)
	}
	return append(steps, m.swap(), m.start(), m.prove())
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
	}
	return out
}
