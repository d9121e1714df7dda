package postgresql

import (
	"encoding/json"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// promotion is one change of the primary, in PostgreSQL's terms.
type promotion struct {
	*replica.Promotion
	from     making   // next, as the replica of old that it is or was
	back     making   // old, as the replica of next that it becomes
	siblings []making // the other replicas, as replicas of next
}

// PlanPromote makes the request's target, a replica, the primary. A primary that lives is stopped first, cleanly: then it
// has sent its replicas all that it ever acknowledged, and follows the new one as it is.
func (e *Engine) PlanPromote(req replication.Request) (plan.Plan, error) {
	return replica.PlanPromotion(req, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes },
		func(roles *replica.Promotion) replica.Promoting { return newPromotion(roles) })
}

// Following are the other replicas that are turned to the new primary at once.
func (m *promotion) Following() []replication.Facts {
	var turned []replication.Facts
	for _, s := range m.followers() {
		turned = append(turned, s.Target.Facts)
	}
	return turned
}

// Takes is how long the change is announced to take.
func (m *promotion) Takes() (whole, writes float64) {
	return 8 + 2*float64(len(m.siblings)), switchSeconds
}

// switchSeconds is what a change of the primary is announced with: a clean shutdown, the rest of the WAL, and the end of
// recovery.
const switchSeconds = 3

func newPromotion(roles *replica.Promotion) *promotion {
	m := &promotion{Promotion: roles}
	before := m.Req
	before.Topology.Primary = &m.Old
	m.from = newMaking(before, m.Next)
	m.from.Making = m.Turned(m.from.Making)
	fresh := map[string]unfinished{}
	if m.Noted != nil {
		_ = json.Unmarshal(m.Noted, &fresh) // what cannot be read counts as there before
	}
	for i, f := range m.After.Targets {
		x := newMaking(m.After, f)
		x.Making = m.Turned(x.Making)
		if m.Adopt {
			x.fresh = fresh[x.Name]
		}
		if i == 0 {
			m.back = x
		} else {
			m.siblings = append(m.siblings, x)
		}
	}
	return m
}

// reachable are those who are to follow the new primary and whose servers answer.
func (m *promotion) reachable() []making {
	var out []making
	for _, s := range append([]making{m.back}, m.siblings...) {
		if s.Target.Facts.Err == nil && s.Target.Facts.Installed {
			out = append(out, s)
		}
	}
	return out
}

// followers are those of the siblings that can be turned to the new primary now.
func (m *promotion) followers() []making {
	var out []making
	for _, s := range m.siblings {
		if f := s.Target.Facts; f.Err == nil && f.Running && f.Replica && !m.ahead(f) {
			out = append(out, s)
		}
	}
	return out
}

// ahead tells whether a replica has more of the lost primary's changes than the one that takes its place.
func (m *promotion) ahead(f replication.Facts) bool {
	return m.Lost && !m.Passed && received(f) > received(m.Next)
}

// received is how much of the primary's WAL a replica has, replayed or not.
func received(f replication.Facts) lsn {
	n := nativeOf(f)
	return max(parseLSN(n.Received), parseLSN(n.LSN))
}

// Steps in their order: all that can be made ready while the old primary serves; the change itself; and what follows it.
func (m *promotion) Steps() []plan.Step {
	steps := []plan.Step{m.begin()}
	if !m.Passed {
		steps = append(steps, m.prepare()...)
		if m.Lost {
			if m.Old.Err == nil {
				steps = append(steps, m.fence())
			}
		} else {
			steps = append(steps, m.checkpoint(), m.stop(), m.drain())
		}
	}
	steps = append(steps, m.promote())
	if !m.Lost {
		steps = append(steps, m.demote())
	}
	for _, s := range m.followers() {
		steps = append(steps, m.turn(s))
	}
	steps = append(steps, m.tidyNext())
	if !m.Lost {
		steps = append(steps, m.tidyOld(), m.back.prove())
	}
	return append(steps, m.finish())
}

// prepare lets everybody in at the new primary, which is still a replica.
func (m *promotion) prepare() []plan.Step {
	var steps []plan.Step
	if c := m.back.after; len(c.list) > 0 {
		s := settingsStep(m.Next, c, m.Adopt)
		if c.restart {
			s.Disrupts = fmt.Sprintf("%s, still a replica, restarts, since %s needs it", m.Next.Node.Label, c.restartNames())
		}
		steps = append(steps, s)
	}
	if !m.Lost {
		steps = append(steps, m.role())
	}
	for _, s := range append([]making{m.back}, m.siblings...) {
		hba, slot := s.hba(), s.slot()
		s.keep(&hba, s.fresh.NewRules)
		s.keep(&slot, s.fresh.NewSlot)
		if s.Target.Facts.Err == nil && s.Target.Facts.Installed {
			steps = append(steps, hba)
		}
		steps = append(steps, slot)
		if m.canLogIn(s) {
			steps = append(steps, m.reach(s))
		}
	}
	if s, needed := m.access(); needed {
		steps = append(steps, s)
	}
	return steps
}

// canLogIn tells whether a follower has what it takes to log in at the new primary beforehand: one of another app trusts
// the old one's certificate until it is turned.
func (m *promotion) canLogIn(s making) bool {
	f := s.Target.Facts
	if f.Err != nil || !f.Installed {
		return false
	}
	if f.Node.Same(m.Old.Node) {
		return !m.Lost && (m.Old.Running || m.back.pn.hasRole(s.Name))
	}
	return f.Running && f.Replica && !s.Between
}

// Loss says what an unplanned change costs, as far as anybody knows.
func (m *promotion) Loss() string {
	n := nativeOf(m.Next)
	have := received(m.Next)
	text := fmt.Sprintf("what %s took and %s has not received is lost", m.Old.Node.Label, m.Next.Node.Label)
	if p := parseLSN(nativeOf(m.Old).WALEnd); p > 0 && p >= have {
		text += fmt.Sprintf(": %s of WAL", replica.Size(int64(p-have)))
	} else {
		text += fmt.Sprintf(": nobody can tell how many bytes, since %s cannot be asked; %s has all up to %s", m.Old.Node.Label, m.Next.Node.Label, have)
	}
	if n.ReplayStamp > 0 && n.Now > 0 {
		text += fmt.Sprintf("; the last change that is there was committed %.0f s ago", max(0, n.Now-n.ReplayStamp))
	}
	return text
}
