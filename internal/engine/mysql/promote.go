package mysql

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// promotion is one change of the source, in the words of this engine.
type promotion struct {
	*replica.Promotion
	from     making   // next, as the replica of old that it is or was
	back     making   // old, as the replica of next that it becomes
	siblings []making // the other replicas, as replicas of next
	note     promoteNote
}

// promoteNote is what a promotion notes for the one that takes it up.
type promoteNote struct {
	NewUser bool   `json:"new_user"`
	Events  string `json:"events"` // event_scheduler of the old primary before
}

// switchSeconds is what a change of the primary is announced with.
const switchSeconds = 3

// PlanPromote makes the request's target, a replica, the primary. A primary that lives is made read-only first, and stays
// so; the replica takes writes once it has applied all that the other logged.
func (e *Engine) PlanPromote(req replication.Request) (plan.Plan, error) {
	return replica.PlanPromotion(req, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes },
		func(roles *replica.Promotion) replica.Promoting { return e.newPromotion(roles) })
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
	return 6 + m.back.tn.restartSeconds() + 2*float64(len(m.siblings)), switchSeconds
}

func (e *Engine) newPromotion(roles *replica.Promotion) *promotion {
	m := &promotion{Promotion: roles}
	before := m.Req
	before.Topology.Primary = &m.Old
	m.from = e.newMaking(before, m.Next)
	m.from.Making = m.Turned(m.from.Making)
	for i, f := range m.After.Targets {
		x := e.newMaking(m.After, f)
		x.Making = m.Turned(x.Making)
		x.members = append(x.members, m.Old, m.Next)
		if i > 0 {
			m.siblings = append(m.siblings, x)
			continue
		}
		// Its binary logs may be there for its replicas only.
		if o, ours := x.tn.saved()["log_bin"]; ours {
			x.before = map[string]string{"log_bin": o.Was}
		}
		m.back = x
	}
	m.note = promoteNote{NewUser: m.back.newUser, Events: m.back.tn.value("event_scheduler")}
	if m.Noted != nil {
		_ = json.Unmarshal(m.Noted, &m.note) // what cannot be read counts as there before
	}
	return m
}

// followers are those of the siblings that can be turned to the new primary now.
func (m *promotion) followers() []making {
	var out []making
	for _, s := range m.siblings {
		if f := s.target; f.Err == nil && f.Running && f.Replica && !m.ahead(f) {
			out = append(out, s)
		}
	}
	return out
}

// ahead tells whether a replica has more of the lost primary's changes than the one that takes its place.
func (m *promotion) ahead(f replication.Facts) bool {
	if !m.Lost || m.Passed {
		return false
	}
	has, err := m.from.engine.flavour.reached(m.position(m.Next), m.position(f))
	return err == nil && !has
}

// position is up to where a server has applied.
func (m *promotion) position(f replication.Facts) string {
	n := nativeOf(f)
	if n.flavour == mariaDB {
		return n.SlavePos
	}
	return strings.ReplaceAll(n.Executed, "\n", "")
}

// Steps in their order: all that can be made ready while the old primary serves; the change itself; and what follows it.
func (m *promotion) Steps() []plan.Step {
	steps := []plan.Step{m.Begin(m.back.Target, m.from.Target, m.note, m.left)}
	if !m.Lost {
		steps = append(steps, m.account(), m.reach())
	}
	if !m.Passed {
		if !m.Lost {
			steps = append(steps, m.close())
		} else if m.Old.Err == nil {
			steps = append(steps, m.fence())
		}
	}
	steps = append(steps, m.open(), m.settle())
	if m.Lost {
		steps = append(steps, m.claim())
	} else {
		steps = append(steps, m.rejoin())
	}
	for _, s := range m.followers() {
		steps = append(steps, m.turn(s))
	}
	if !m.Lost {
		steps = append(steps, m.tidyOld(), m.back.prove())
	}
	return append(steps, m.Finish(m.back.Target, m.from.Target))
}

// Loss says what an unplanned change costs, as far as anybody knows.
func (m *promotion) Loss() string {
	text := fmt.Sprintf("what %s took and %s has not received is lost: nobody can tell how many bytes; %s has all up to %s",
		m.Old.Node.Label, m.Next.Node.Label, m.Next.Node.Label, m.position(m.Next))
	if c := nativeOf(m.Next).Channels; len(c) > 0 && c[0].Position > 0 {
		text += fmt.Sprintf(", which is %s:%d of %s's binary logs", c[0].File, c[0].Position, m.Old.Node.Label)
	}
	return text
}

// Checks are the preconditions of a change of the primary.
func (m *promotion) Checks() []plan.Check {
	c := m.from.engine.checker(m.After)
	n := nativeOf(m.Next)
	if !c.Promotes(m.Promotion, instanceOf(m.Next), n.where()) {
		return c.List
	}
	c.Candidate(m.Promotion, n.Notes, m.Loss(), func(f replication.Facts) int64 {
		if m.ahead(f) {
			return 1
		}
		return 0
	})
	// What a replica of Belt's has makes a primary of it without a restart; one that somebody else made may lack it.
	var lacks []string
	way := "set that and restart it, while it is a replica"
	for _, o := range m.back.after.list {
		if o.restart || o.name == "gtid_mode" {
			lacks = append(lacks, fmt.Sprintf("%s is %q and has to be %s", o.name, o.from, o.text))
		}
		if o.name == "ssl_cert" {
			way = "give it a certificate, with one restart, while it is a replica: " + m.Resync(m.Next.Node) + " --method restart"
		}
	}
	c.Add("options", m.Next.Node.Label, len(lacks) == 0, way, "%s",
		replica.Choose(len(lacks) == 0, "ready to feed replicas", strings.Join(lacks, "; ")))
	for _, s := range append([]making{m.back}, m.followers()...) {
		if l, known := m.Req.Links[s.target.Node.Key()]; known && l.Address != "" {
			c.Port(m.Next, s.target, false)
		}
	}
	if m.Old.Err == nil {
		c.Memory(m.Old, m.Next)
	}
	return c.List
}

// kept are the options in Belt's file of the new primary: those of a replica but for what keeps it from taking writes.
func (m *promotion) kept() saved {
	out := maps.Clone(m.from.tn.saved())
	if out == nil {
		out = saved{}
	}
	w := m.from.tn.written()
	for name, text := range w.Options {
		if slices.Contains([]string{"read_only", "super_read_only", "event_scheduler", "relay_log_recovery"}, name) {
			continue
		}
		was := w.Before[name]
		if name == "log_bin" && was == "" {
			was = "OFF"
		}
		out[name] = savedOption{Was: was, To: text, Restart: true}
	}
	return out
}
