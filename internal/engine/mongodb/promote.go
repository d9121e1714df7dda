package mongodb

import (
	"encoding/json"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// promotion is one change of the primary, in MongoDB's terms.
type promotion struct {
	*replica.Promotion
	from making // next, as the secondary of old that it is or was
	back making // old, as the secondary of next that it becomes
	had  rank   // next's before
}

// rank is what a member has in elections.
type rank struct {
	Votes    int     `json:"votes"`
	Priority float64 `json:"priority"`
}

// switchSeconds is what a change of the primary is announced with: the step down, and an election.
const switchSeconds = 3

// PlanPromote makes the request's target, a secondary, the primary. It is given a vote, the primary steps down once it has
// all, and then has the rank that the other had: two voters would make the set read-only when either is lost.
func (e *Engine) PlanPromote(req replication.Request) (plan.Plan, error) {
	return replica.PlanPromotion(req, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes },
		func(roles *replica.Promotion) replica.Promoting { return newPromotion(roles) })
}

// Following are all other members: they follow whoever the set elects.
func (m *promotion) Following() []replication.Facts { return m.After.Targets[1:] }

// Takes is how long the change is announced to take.
func (m *promotion) Takes() (whole, writes float64) { return 12, switchSeconds }

func newPromotion(roles *replica.Promotion) *promotion {
	m := &promotion{Promotion: roles}
	before := m.Req
	before.Topology.Primary = &m.Old
	m.from = newMaking(before, m.Next)
	m.from.Making = m.Turned(m.from.Making)
	m.back = newMaking(m.After, m.Old)
	m.back.Making = m.Turned(m.back.Making)
	config := nativeOf(m.Next).Config
	if me, there := config.find(m.me()); there {
		m.had = rank{me.Votes, me.Priority}
	}
	if old, there := listed(config, m.Old); there {
		m.back.host = old.Host
	}
	if m.Noted != nil {
		_ = json.Unmarshal(m.Noted, &m.had) // what cannot be read counts as it is now
	}
	return m
}

// me is how the set calls the new primary.
func (m *promotion) me() string { return nativeOf(m.Next).Hello.Me }

// rival is the highest priority among the members that may become the primary besides the two.
func (m *promotion) rival() float64 {
	best := 0.0
	for _, v := range nativeOf(m.Next).Config.members() {
		if v.Host != m.me() && v.Host != m.back.host {
			best = max(best, v.Priority)
		}
	}
	return best
}

func (m *promotion) Steps() []plan.Step {
	if !m.Next.Running { // the checks say so; the set cannot be asked what it is
		return nil
	}
	steps := []plan.Step{m.Begin(m.back.Target, m.from.Target, m.had, m.left)}
	if m.Lost {
		steps = append(steps, m.force())
	} else {
		if !m.Passed {
			steps = append(steps, m.stand())
		}
		steps = append(steps, m.stepDown(), m.settle(), m.rejoin())
	}
	return append(steps, m.Finish(m.back.Target, m.from.Target))
}

// Loss says what an unplanned change costs, as far as anybody knows.
func (m *promotion) Loss() string {
	n := nativeOf(m.Next)
	text := fmt.Sprintf("what %s took and %s has not received is lost: nobody can tell how many bytes; %s has all up to %s",
		m.Old.Node.Label, m.Next.Node.Label, m.Next.Node.Label, n.applied())
	if at := n.applied().TS.T; at > 0 && m.Next.Host.Clock > float64(at) {
		text += fmt.Sprintf(", %.0f s ago", m.Next.Host.Clock-float64(at))
	}
	return text
}

// Checks are the preconditions of a change of the primary.
func (m *promotion) Checks() []plan.Check {
	c := newChecker(m.After)
	if !c.Promotes(m.Promotion, instanceOf(m.Next), where(m.Next)) {
		return c.List
	}
	c.Candidate(m.Promotion, nativeOf(m.Next).Notes, m.Loss(), func(f replication.Facts) int64 {
		mine, theirs := nativeOf(m.Next).applied(), nativeOf(f).applied()
		if theirs.zero() || mine.reached(theirs) {
			return 0
		}
		return 1
	})
	if m.Old.Err == nil {
		c.Memory(m.Old, m.Next)
	}
	return c.List
}
