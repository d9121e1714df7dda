package postgresql

import (
	"encoding/json"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// promotion is one change of the primary.
type promotion struct {
	req       replication.Request
	after     replication.Request // about the same servers once the roles have changed: the primary's replicas to be are its targets
	run       string
	adopt     bool // an unfinished run left its traces
	lost      bool // the old primary is gone: what it had and the replica has not is lost
	passed    bool // the replica is the primary already
	old, next replication.Facts
	from      making   // next, as the replica of old that it is or was
	back      making   // old, as the replica of next that it becomes
	siblings  []making // the other replicas, as replicas of next
}

// PlanPromote makes the request's target, a replica, the primary. A primary that lives is stopped first, cleanly: then it
// has sent its replicas all that it ever acknowledged, and follows the new one as it is.
func (e *Engine) PlanPromote(req replication.Request) (plan.Plan, error) {
	p := plan.Plan{Command: req.Command, Target: req.Topology.Target}
	m, said := newPromotion(req)
	if said != "" {
		c := newChecker(req)
		c.Refuse("primary", "", "belt db status "+req.Topology.Target, "%s", said)
		p.Checks = c.List
		return p, nil
	}
	if m == nil { // it is the primary, and nothing is left to do
		return p, nil
	}
	p.Checks = m.checks()
	if m.next.Err != nil || !m.next.Installed || !m.lost && m.old.Err != nil {
		return p, nil // the checks say so; there is nothing to plan with
	}
	p.Steps = m.steps()
	p.Notes = m.notes()
	p.Estimate = plan.Estimate{Seconds: 8 + 2*float64(len(m.siblings)), PrimaryUnavailableSeconds: switchSeconds}
	if m.passed {
		p.Estimate.PrimaryUnavailableSeconds = 0
	}
	return p, p.Validate()
}

// switchSeconds is what a change of the primary is announced with: a clean shutdown, the rest of the WAL, and the end of
// recovery.
const switchSeconds = 3

// newPromotion finds out who is who. It is nil when the target is the primary and no run was cut off; said is why it cannot
// be told.
func newPromotion(req replication.Request) (m *promotion, said string) {
	next := req.Targets[0]
	m = &promotion{req: req, run: req.Run, next: next, lost: req.Options.Lost}
	begun := nativeOf(next).Unfinished
	switch primary := req.Topology.Primary; {
	case begun != nil && begun.Command == req.Command:
		m.run, m.adopt, m.lost = begun.Run, true, begun.Method == methodLost
		old, known := member(req.Topology, begun.Primary)
		if !known {
			return nil, fmt.Sprintf("%s was about to take over from %s, which is no member any more", next.Node.Label, begun.Primary)
		}
		m.old, m.passed = old, next.Running && !next.Replica
	case primary == nil:
		old, known := followed(req.Topology, next)
		if !known || !m.lost {
			return nil, "no server of it is the primary, so there is none to take over from"
		}
		m.old = old
	case primary.Node.Same(next.Node):
		return nil, ""
	default:
		m.old = *primary
	}
	before := req
	before.Topology.Primary = &m.old
	m.from = newMaking(before, next)
	m.from.Run, m.from.Adopt = m.run, m.adopt
	m.after = req
	m.after.Topology.Primary, m.after.Targets = &m.next, []replication.Facts{m.old}
	for _, r := range req.Topology.Replicas {
		if f := r.Facts; !f.Node.Same(next.Node) && !f.Node.Same(m.old.Node) {
			m.after.Targets = append(m.after.Targets, f)
		}
	}
	fresh := map[string]unfinished{}
	if begun != nil {
		_ = json.Unmarshal(begun.Engine, &fresh) // what cannot be read counts as there before
	}
	for i, f := range m.after.Targets {
		x := newMaking(m.after, f)
		x.Run, x.Adopt, x.Command = m.run, m.adopt, req.Command
		if m.adopt {
			x.fresh = fresh[x.Name]
		}
		if i == 0 {
			m.back = x
		} else {
			m.siblings = append(m.siblings, x)
		}
	}
	return m, ""
}

// methodLost marks, in the note of an unfinished run, one that had to do without the old primary.
const methodLost = "lost"

// member finds a member by its key, whatever part it plays.
func member(t replication.Topology, key string) (replication.Facts, bool) {
	if t.Primary != nil && t.Primary.Node.Key() == key {
		return *t.Primary, true
	}
	for _, r := range t.Replicas {
		if r.Facts.Node.Key() == key {
			return r.Facts, true
		}
	}
	for _, f := range t.Standalone {
		if f.Node.Key() == key {
			return f, true
		}
	}
	return replication.Facts{}, false
}

// followed finds the member that a replica follows.
func followed(t replication.Topology, f replication.Facts) (replication.Facts, bool) {
	for _, r := range t.Replicas {
		if !r.Facts.Node.Same(f.Node) && replica.FollowsNode(f, r.Facts.Node) {
			return r.Facts, true
		}
	}
	return replication.Facts{}, false
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
	return m.lost && !m.passed && received(f) > received(m.next)
}

// received is how much of the primary's WAL a replica has, replayed or not.
func received(f replication.Facts) lsn {
	n := nativeOf(f)
	return max(parseLSN(n.Received), parseLSN(n.LSN))
}

// steps in their order: all that can be made ready while the old primary serves; the change itself; and what follows it.
func (m *promotion) steps() []plan.Step {
	steps := []plan.Step{m.begin()}
	if !m.passed {
		steps = append(steps, m.prepare()...)
		if m.lost {
			if m.old.Err == nil {
				steps = append(steps, m.fence())
			}
		} else {
			steps = append(steps, m.checkpoint(), m.stop(), m.drain())
		}
	}
	steps = append(steps, m.promote())
	if !m.lost {
		steps = append(steps, m.demote())
	}
	for _, s := range m.followers() {
		steps = append(steps, m.turn(s))
	}
	steps = append(steps, m.tidyNext())
	if !m.lost {
		steps = append(steps, m.tidyOld(), m.back.prove())
	}
	return append(steps, m.finish())
}

// prepare lets everybody in at the new primary, which is still a replica.
func (m *promotion) prepare() []plan.Step {
	var steps []plan.Step
	if c := m.back.after; len(c.list) > 0 {
		s := settingsStep(m.next, c, m.adopt)
		if c.restart {
			s.Disrupts = fmt.Sprintf("%s, still a replica, restarts, since %s needs it", m.next.Node.Label, c.restartNames())
		}
		steps = append(steps, s)
	}
	if !m.lost {
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
	if f.Node.Same(m.old.Node) {
		return !m.lost && (m.old.Running || m.back.pn.hasRole(s.Name))
	}
	return f.Running && f.Replica && !s.Between
}

func (m *promotion) notes() []string {
	next, old := m.next.Node.Label, m.old.Node.Label
	var out []string
	if m.adopt {
		out = append(out, fmt.Sprintf("%s: takes up run %s, which did not finish", next, m.run))
	}
	again := func(server string) string {
		return fmt.Sprintf("belt db replicate resync %s --replica %s", m.req.Topology.Target, server)
	}
	if m.lost {
		out = append(out, m.loss())
		if m.old.Err != nil {
			out = append(out, fmt.Sprintf("%s cannot be reached, so it cannot be kept from taking writes when it comes back: keep it off, or out of "+
				"the network, until %s", old, again(m.old.Node.Server)))
		} else {
			out = append(out, fmt.Sprintf("%s is kept from taking writes; %s makes it a replica", old, again(m.old.Node.Server)))
		}
	}
	turned := map[string]bool{}
	for _, s := range m.followers() {
		turned[s.To()] = true
	}
	for _, s := range m.siblings {
		if !turned[s.To()] {
			out = append(out, fmt.Sprintf("%s is not turned to %s now; afterwards: %s", s.To(), next, again(s.Target.Facts.Node.Server)))
		}
	}
	if n := len(nativeOf(m.next).Kept); n > 0 {
		out = append(out, fmt.Sprintf("%s: what it kept for undo is of no use to a primary: belt db replicate cleanup %s deletes it", next, m.req.Topology.Target))
	}
	return out
}

// loss says what an unplanned change costs, as far as anybody knows.
func (m *promotion) loss() string {
	n := nativeOf(m.next)
	have := received(m.next)
	text := fmt.Sprintf("what %s took and %s has not received is lost", m.old.Node.Label, m.next.Node.Label)
	if p := parseLSN(nativeOf(m.old).WALEnd); p > 0 && p >= have {
		text += fmt.Sprintf(": %s of WAL", replica.Size(int64(p-have)))
	} else {
		text += fmt.Sprintf(": nobody can tell how many bytes, since %s cannot be asked; %s has all up to %s", m.old.Node.Label, m.next.Node.Label, have)
	}
	if n.ReplayStamp > 0 && n.Now > 0 {
		text += fmt.Sprintf("; the last change that is there was committed %.0f s ago", max(0, n.Now-n.ReplayStamp))
	}
	return text
}
