package postgresql

import (
	"context"
	"errors"
	"fmt"

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
	req.Targets = waiting(req)
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

// waiting are the targets that are not yet healthy replicas of the primary.
func waiting(req replication.Request) []replication.Facts {
	var out []replication.Facts
	for _, t := range req.Targets {
		if !healthy(req.Topology, t) || nativeOf(t).Unfinished != nil {
			out = append(out, t)
		}
	}
	return out
}

func healthy(t replication.Topology, f replication.Facts) bool {
	for _, r := range t.Replicas {
		if r.Facts.Node.Same(f.Node) && (r.State == replication.Streaming || r.State == replication.CatchingUp) {
			return t.Primary != nil && followsNode(f, t.Primary.Node)
		}
	}
	return false
}

// enableSteps prepares the primary once, then lets each replica in, then copies to all of them side by side.
func enableSteps(primary replication.Facts, c changes, makings []making) []plan.Step {
	var steps []plan.Step
	for _, m := range makings {
		steps = append(steps, m.begin(""))
	}
	if len(c.list) > 0 {
		steps = append(steps, settingsStep(primary, c, makings[0].adopt))
	} else if s, there := adoptedSettings(primary, makings); there {
		steps = append(steps, s)
	}
	for _, m := range makings {
		steps = append(steps, m.role(), m.hba(), m.reach(), m.slot())
	}
	for _, m := range makings {
		steps = append(steps, m.copySteps()...)
	}
	var finish []plan.Step
	for _, m := range makings {
		finish = append(finish, m.finish(""))
	}
	return append(steps, together(finish))
}

// together makes one step of the last ones: the run is complete for all of its replicas or for none.
func together(steps []plan.Step) plan.Step {
	if len(steps) == 1 {
		return steps[0]
	}
	all := plan.Step{ID: "finish", Title: steps[0].Title}
	each := func(do func(plan.Step) error) error {
		var errs []error
		for _, s := range steps {
			errs = append(errs, do(s))
		}
		return errors.Join(errs...)
	}
	for _, s := range steps {
		all.Commands = append(all.Commands, prefixed("on "+s.Server+": ", s.Commands)...)
	}
	all.Do = func(ctx context.Context, report plan.Progress) error {
		return each(func(s plan.Step) error { return s.Do(ctx, report) })
	}
	all.Undo = plan.Undoable(steps[0].Undo.Text(), func(ctx context.Context, report plan.Progress) error {
		return each(func(s plan.Step) error { return s.Undo.Run(ctx, report) })
	})
	return all
}

// copySteps are those on the replica's own server, which run beside those of other replicas.
func (m making) copySteps() []plan.Step {
	var steps []plan.Step
	if m.opts.DiscardOld {
		steps = append(steps, m.discard())
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
		if m.adopt {
			out = append(out, fmt.Sprintf("%s: takes up run %s, which did not finish", m.to(), m.run))
		}
		if !m.opts.DiscardOld {
			out = append(out, fmt.Sprintf("%s: undo brings the old data back; cleanup deletes it", m.to()))
		}
	}
	return out
}
