package redis

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// promotion is one change of the master, in Redis' terms.
type promotion struct {
	*replica.Promotion
	from     making   // next, as the replica of old that it is or was
	back     making   // old, as the replica of next that it becomes
	siblings []making // the other replicas, as replicas of next
	before   saved    // old's settings before the run, of those that it changes
}

// promoteNote is what a promotion notes for the one that takes it up.
type promoteNote struct {
	NewUsers map[string]bool `json:"new_users"`
	Before   saved           `json:"before"`
}

// switchSeconds is what a change of the primary is announced with.
const switchSeconds = 2

// PlanPromote makes the request's target, a replica, the primary. A primary that lives is kept from writing, until the
// replica has all that it took, and is made its replica before that takes writes: at no time do both.
func (e *Engine) PlanPromote(req replication.Request) (plan.Plan, error) {
	return replica.PlanPromotion(req, func(f replication.Facts) replica.Notes { return nativeOf(f).notes },
		func(roles *replica.Promotion) replica.Promoting { return newPromotion(roles) })
}

// Following are the other replicas that are turned to the new primary at once.
func (m *promotion) Following() []replication.Facts {
	var turned []replication.Facts
	for _, s := range m.followers() {
		turned = append(turned, s.target)
	}
	return turned
}

// Takes is how long the change is announced to take.
func (m *promotion) Takes() (whole, writes float64) {
	return 4 + 2*float64(len(m.siblings)) + float64(nativeOf(m.Next).bytes())/bytesPerSecond, switchSeconds
}

func newPromotion(roles *replica.Promotion) *promotion {
	m := &promotion{Promotion: roles}
	before := m.Req
	before.Topology.Primary = &m.Old
	m.from = newMaking(before, m.Next)
	m.from.Making = m.Turned(m.from.Making)
	var note promoteNote
	if m.Noted != nil {
		_ = json.Unmarshal(m.Noted, &note) // what cannot be read counts as there before
	}
	for i, f := range m.After.Targets {
		x := newMaking(m.After, f)
		x.Making = m.Turned(x.Making)
		if m.Adopt {
			x.newUser, x.noted = note.NewUsers[x.Name], nil
		}
		if i == 0 {
			m.back = x
		} else {
			m.siblings = append(m.siblings, x)
		}
	}
	m.before = note.Before
	if !m.Adopt {
		m.before = saved{}
		for _, s := range m.back.followSettings() {
			if s.Name != "replicaof" {
				m.before[s.Name] = m.back.tn.Settings[s.Name]
			}
		}
		for _, name := range []string{"min-replicas-to-write", "min-replicas-max-lag"} {
			m.before[name] = m.back.tn.Settings[name]
		}
	}
	return m
}

// followers are those of the siblings that can be turned to the new primary now.
func (m *promotion) followers() []making {
	var out []making
	for _, s := range m.siblings {
		if f := s.target; f.Err == nil && f.Running && f.Replica {
			out = append(out, s)
		}
	}
	return out
}

// reachable are those who are to follow the new primary and whose servers answer.
func (m *promotion) reachable() []making {
	if m.Lost {
		return m.followers()
	}
	return append([]making{m.back}, m.followers()...)
}

// Steps in their order: all that can be made ready while the old primary serves; the change itself; and what follows it.
func (m *promotion) Steps() []plan.Step {
	users := map[string]bool{m.back.Name: m.back.newUser}
	for _, s := range m.siblings {
		users[s.Name] = s.newUser
	}
	steps := []plan.Step{m.Begin(m.back.Target, m.from.Target, promoteNote{NewUsers: users, Before: m.before}, m.left)}
	if !m.Passed {
		if c := m.back.changes; len(c.list) > 0 {
			s := settingsStep(m.Next, c, m.Adopt)
			if c.restart {
				s.Disrupts = m.Next.Node.Label + ", still a replica, restarts"
			}
			steps = append(steps, s)
		}
	}
	for _, s := range m.reachable() {
		steps = append(steps, m.user(s))
		if !s.Between || s.Name == m.back.Name {
			steps = append(steps, m.reach(s))
		}
	}
	if !m.Passed {
		switch {
		case !m.Lost:
			steps = append(steps, m.saving(plan.NoEffect("nothing: it is a snapshot more"))...)
			steps = append(steps, m.ready(), m.close())
		case m.Old.Err == nil:
			steps = append(steps, m.fence())
		}
	}
	steps = append(steps, m.open())
	if m.Lost {
		if m.Old.Err == nil {
			steps = append(steps, m.fenced())
		}
		steps = append(steps, m.saving(plan.Permanent(m.Next.Node.Label+" is the primary now"))...)
		steps = append(steps, m.claim())
	} else {
		steps = append(steps, m.rejoin())
	}
	for _, s := range m.followers() {
		steps = append(steps, m.turn(s))
	}
	steps = append(steps, m.tidyNext())
	if !m.Lost {
		steps = append(steps, m.tidyOld(), m.back.prove())
	}
	return append(steps, m.Finish(m.back.Target, m.from.Target))
}

// Loss says what an unplanned change costs, as far as anybody knows.
func (m *promotion) Loss() string {
	n := nativeOf(m.Next)
	text := fmt.Sprintf("what %s took and %s has not received is lost: nobody can tell how many bytes; %s has all up to %d",
		m.Old.Node.Label, m.Next.Node.Label, m.Next.Node.Label, n.offset())
	if s := n.Info["master_link_down_since_seconds"]; s != "" && s != "-1" {
		text += fmt.Sprintf("; it last heard of %s %s s ago", m.Old.Node.Label, s)
	}
	return text
}

// Checks are the preconditions of a change of the primary.
func (m *promotion) Checks() []plan.Check {
	c := newChecker(m.After)
	if !c.Promotes(m.Promotion, instance(m.Next), fmt.Sprintf("port %d", nativeOf(m.Next).Port)) {
		return c.List
	}
	c.Candidate(m.Promotion, nativeOf(m.Next).notes, m.Loss(), func(f replication.Facts) int64 {
		return nativeOf(f).offset() - nativeOf(m.Next).offset()
	})
	c.mode(m.Next)
	if n := nativeOf(m.Next); m.Lost && !n.persists() {
		c.Warn("persistence", m.Next.Node.Label, "%s", emptyAtRestart)
	} else {
		c.persistence(m.Next)
	}
	if fixed := nativeOf(m.Next).fixed(m.back.changes); fixed != "" {
		c.Add("settings", m.Next.Node.Label, false, "take it out of "+nativeOf(m.Next).Unit, "%s is fixed on the server's command line", fixed)
	}
	for _, s := range m.reachable() {
		if l, known := m.Req.Links[s.target.Node.Key()]; known && l.Address != "" {
			c.Port(m.Next, s.target, slices.ContainsFunc(m.back.changes.list, func(s settingChange) bool { return s.name == "bind" || s.name == "tls-port" }))
		}
	}
	if m.Old.Err == nil {
		c.Memory(m.Old, m.Next)
	}
	return c.List
}
