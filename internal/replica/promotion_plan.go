package replica

import (
	"errors"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Promoting is a promotion in the terms of an engine.
type Promoting interface {
	Checks() []plan.Check
	Steps() []plan.Step
	Loss() string                   // what an unplanned change costs, as far as anybody knows
	Following() []replication.Facts // the other replicas that follow the new primary at once
	Takes() (whole, writes float64) // seconds: the run, and the time without a server that takes writes
}

// ErrTwoPrimaries is why an old primary is not opened again.
var ErrTwoPrimaries = errors.New("there must not be two primaries")

// PlanPromotion makes the request's target, a replica, the primary, by the steps of the engine. notes are what Belt has noted on
// a server. Pure.
func PlanPromotion(req replication.Request, notes func(replication.Facts) Notes, of func(*Promotion) Promoting) (plan.Plan, error) {
	roles, said := NewPromotion(req, notes)
	if said != "" {
		return roles.Refused(req, said), nil
	}
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	if roles == nil { // it is the primary, and nothing is left to do
		return p, nil
	}
	m := of(roles)
	p.Checks = m.Checks()
	if roles.Next.Err != nil || !roles.Next.Installed || !roles.Lost && roles.Old.Err != nil {
		return p, nil // the checks say so; there is nothing to plan with
	}
	if p.Steps = m.Steps(); len(p.Steps) == 0 {
		return p, nil
	}
	p.Notes = roles.Notes(m.Loss(), m.Following(), roles.Old.Err == nil)
	whole, writes := m.Takes()
	p.Estimate = plan.Estimate{Seconds: whole, PrimaryUnavailableSeconds: writes}
	if roles.Passed {
		p.Estimate.PrimaryUnavailableSeconds = 0
	}
	return p, p.Validate()
}
