package mongodb

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

// PlanEnable makes the request's targets secondaries of the topology's primary. A target that already is one, in good
// health, needs nothing.
func (e *Engine) PlanEnable(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	all := req.Targets
	req.Targets = replica.Waiting(req)
	if len(req.Targets) == 0 && !req.Options.Votes {
		return p, nil
	}
	p.Checks = e.Check(req)
	if req.Topology.Primary == nil {
		return p, nil
	}
	for _, t := range append([]replication.Facts{*req.Topology.Primary}, req.Targets...) {
		if t.Err != nil || !t.Installed || t.Node.App != req.Topology.Primary.Node.App {
			return p, nil // the checks say so; there is nothing to plan with
		}
	}
	p.Estimate = estimate(req)
	var makings []making
	for _, t := range req.Targets {
		makings = append(makings, newMaking(req, t))
	}
	p.Steps = enableSteps(req, makings)
	if req.Options.Votes {
		var hosts []making
		for _, t := range all {
			hosts = append(hosts, newMaking(req, t))
		}
		p.Steps = insertBeforeFinish(p.Steps, len(makings) > 0, votesSteps(req, hosts))
	}
	p.Notes = notes(req, makings)
	return p, p.Validate()
}

// enableSteps convert the primary once, prepare every replica's server, take the replicas into the set one by one, and let
// them copy side by side.
func enableSteps(req replication.Request, makings []making) []plan.Step {
	var steps []plan.Step
	if len(makings) == 0 {
		return nil
	}
	first := makings[0]
	for _, m := range makings {
		steps = append(steps, m.begin(""))
	}
	steps = append(steps, primarySteps(req, first, makings)...)
	for _, m := range makings {
		if m.Options.DiscardOld {
			steps = append(steps, m.Discard(storageFile))
		}
		steps = append(steps, m.swap(), m.start())
	}
	for _, m := range makings {
		steps = append(steps, m.join())
	}
	for _, m := range makings {
		steps = append(steps, m.sync(), m.prove())
	}
	var finish []plan.Step
	for _, m := range makings {
		finish = append(finish, m.finish(""))
	}
	return append(steps, replica.Together(finish))
}

// storageFile is in every data folder of mongod.
const storageFile = "WiredTiger"

// primarySteps make the primary one that members can join, or take up what an unfinished run did there.
func primarySteps(req replication.Request, first making, makings []making) []plan.Step {
	var steps []plan.Step
	primary := *req.Topology.Primary
	record, noted := savedBy(first.pn)
	adopted := ""
	for _, m := range makings {
		if m.Adopt && noted && record.Run == m.Run {
			adopted = m.Run
		}
	}
	switch {
	case adopted != "":
		steps = append(steps, convertStep(primary, first.conv, adopted, true))
	case first.conv.needed():
		steps = append(steps, convertStep(primary, first.conv, first.Run, first.Adopt))
	}
	if o := sizeOplog(primary); o.grows() {
		steps = append(steps, first.oplogStep(o))
	}
	return steps
}

// insertBeforeFinish puts steps where everything is proven and the run not yet complete.
func insertBeforeFinish(steps []plan.Step, finishes bool, more []plan.Step) []plan.Step {
	if !finishes {
		return append(steps, more...)
	}
	last := len(steps) - 1
	return append(append(steps[:last:last], more...), steps[last])
}

func notes(req replication.Request, makings []making) []string {
	var out []string
	for _, m := range makings {
		if m.Adopt {
			out = append(out, fmt.Sprintf("%s: takes up run %s, which did not finish", m.To(), m.Run))
		}
		if !m.Options.DiscardOld {
			out = append(out, fmt.Sprintf("%s: undo brings the old data back; cleanup deletes it", m.To()))
		}
	}
	if len(makings) == 0 {
		return out
	}
	m := makings[0]
	if m.conv.initiate && m.conv.transit {
		out = append(out, fmt.Sprintf("%s asks nobody to log in, and that stays so: the members get a keyfile, and transitionToAuth lets in who does not log in; "+
			"turn authorization on when all applications log in", m.From()))
	}
	return append(out, votesNotes(req, makings)...)
}

// estimate is what making the request's targets replicas is going to cost.
func estimate(req replication.Request) plan.Estimate {
	var e plan.Estimate
	if req.Topology.Primary == nil {
		return e
	}
	s := nativeOf(*req.Topology.Primary).survey
	if s == nil {
		return e
	}
	e.Bytes = s.DataBytes * int64(len(req.Targets))
	e.Seconds = aroundSeconds + float64(e.Bytes)/copyRate
	if convert(req).restarts() {
		e.Seconds += restartSeconds
		e.PrimaryUnavailableSeconds = restartSeconds
	}
	return e
}
