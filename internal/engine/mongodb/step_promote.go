package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// electionPatience is how long the set may take to elect: by default a member waits ten seconds before it stands.
const electionPatience = time.Minute

// of is a member with the rank.
func (r rank) of(member bson.D) bson.D {
	return set(set(member, "votes", int32(r.Votes)), "priority", r.Priority)
}

// ranked is the configuration in which a host has that rank.
func (c *setConfig) ranked(host string, r rank) bson.D {
	list, _ := get(c.doc, "members").(bson.A)
	var out bson.A
	for _, m := range list {
		d, _ := m.(bson.D)
		d = slices.Clone(d)
		if get(d, "host") == host {
			d = r.of(d)
		}
		out = append(out, d)
	}
	return c.next(out)
}

// rerank gives a member a rank, on the primary that the making knows.
func (m making) rerank(ctx context.Context, host string, r rank) error {
	return m.onPrimary(ctx, false, func(s *session) error {
		return changeConfig(ctx, s, func(c *setConfig) bson.D {
			if v, there := c.find(host); !there || v.Votes == r.Votes && v.Priority == r.Priority {
				return nil
			}
			return c.ranked(host, r)
		})
	})
}

// hasRank tells whether a member has a rank, as its primary says.
func (m making) hasRank(ctx context.Context, host string, r rank) (has bool, err error) {
	err = m.onPrimary(ctx, true, func(s *session) error {
		c, err := s.config(ctx)
		if err != nil {
			return err
		}
		v, there := c.find(host)
		has = there && v.Votes == r.Votes && v.Priority == r.Priority
		return nil
	})
	return has, err
}

// left tells whether the new primary still has a rank that the run gave it.
func (m *promotion) left(ctx context.Context) (bool, error) {
	if m.Lost {
		return false, nil
	}
	has, err := m.from.hasRank(ctx, m.me(), m.had)
	return !has, err
}

// stand makes the secondary one that can be elected, before others.
func (m *promotion) stand() plan.Step {
	to := rank{1, max(1, m.rival()+1)}
	if m.rival() == 0 {
		to.Priority = 1
	}
	return m.Step(plan.Step{
		ID: "stand", Title: "let " + m.Next.Node.Label + " stand for election",
		Commands: []string{fmt.Sprintf("replSetReconfig with {host: %q, priority: %g, votes: 1}", m.me(), to.Priority)},
		Done: func(ctx context.Context) (bool, error) {
			if is, err := m.leads(ctx); err != nil || is {
				return is, err
			}
			return m.from.hasRank(ctx, m.me(), to)
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.from.rerank(ctx, m.me(), to) },
		Undo: plan.Undoable("take its vote back", func(ctx context.Context, _ plan.Progress) error {
			return m.from.rerank(ctx, m.me(), m.had)
		}),
	}, m.Old.Node.Label)
}

// leads tells whether the new primary is one.
func (m *promotion) leads(ctx context.Context) (bool, error) {
	s, _, err := m.back.primaryDoor().open(ctx, true)
	if err != nil {
		return false, err
	}
	defer s.close()
	h, err := s.hello(ctx)
	return err == nil && h.Writable, err
}

// stepDown has the primary end its term, which it does once a secondary that can be elected has all that it took. Until then
// it takes no writes (replSetStepDown, secondaryCatchUpPeriodSecs).
func (m *promotion) stepDown() plan.Step {
	next := m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "promote", Title: "step down once " + next + " has all, and let it be elected", Closes: true, Opens: true,
		Commands: []string{"replSetStepDown: 120, secondaryCatchUpPeriodSecs: 30"},
		Disrupts: fmt.Sprintf("no writes from here until %s is elected: about %d s", next, switchSeconds),
		Undo:     plan.Permanent(next + " is the primary now, and may have taken writes; the same command finishes the rest"),
		Done:     m.leads,
		Do: func(ctx context.Context, report plan.Progress) error {
			err := m.from.onPrimary(ctx, false, func(s *session) error {
				return s.tell(ctx, "admin", bson.D{{Key: "replSetStepDown", Value: int32(120)}, {Key: "secondaryCatchUpPeriodSecs", Value: int32(30)}})
			})
			// It may have stepped down by itself, for one of a higher priority.
			if err != nil && !failed(err, codeNotPrimary) {
				return err
			}
			return m.elected(ctx, report)
		},
	}, m.Old.Node.Label)
}

// codeNotPrimary is NotWritablePrimary.
const codeNotPrimary = 10107

func (m *promotion) elected(ctx context.Context, report plan.Progress) error {
	report(0, 0, "waiting for the election")
	err := replica.Until(ctx, electionPatience, m.leads)
	if errors.Is(err, replica.ErrNotYet) {
		return fmt.Errorf("%s: it was not elected within %s", m.Next.Node.Label, electionPatience)
	}
	return err
}

// settle gives the old primary the rank that the new one had: where that had no vote, one that is lost must not make the
// set read-only.
func (m *promotion) settle() plan.Step {
	return m.Step(plan.Step{
		ID: "votes", Title: fmt.Sprintf("give the old primary the rank that %s had: %s, priority %g", m.Next.Node.Label, replica.Count(m.had.Votes, "vote"), m.had.Priority),
		Commands: []string{fmt.Sprintf("replSetReconfig with {host: %q, priority: %g, votes: %d}", m.back.host, m.had.Priority, m.had.Votes)},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			if is, err := m.leads(ctx); err != nil || !is {
				return false, err
			}
			return m.back.hasRank(ctx, m.back.host, m.had)
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.back.rerank(ctx, m.back.host, m.had) },
	}, m.Next.Node.Label)
}

// rejoin waits until the old primary follows, which it does by itself.
func (m *promotion) rejoin() plan.Step {
	return m.Step(plan.Step{
		ID: "rejoin", Title: "wait until the old primary follows " + m.Next.Node.Label, Commands: []string{"replSetGetStatus"},
		Undo: plan.NoEffect("nothing: it only waits"),
		Do: func(ctx context.Context, report plan.Progress) error {
			last := ""
			err := replica.Until(ctx, electionPatience, func(ctx context.Context) (bool, error) {
				var is bool
				err := m.back.onPrimary(ctx, true, func(s *session) error {
					var st status
					if err := s.ask(ctx, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}}, &st); err != nil {
						return err
					}
					seen, me := st.member(m.back.host), st.self()
					if seen == nil || me == nil {
						return nil
					}
					last = seen.StateIs
					is = seen.State == stateSecondary
					return nil
				})
				report(0, 0, "it is "+last)
				return is, err
			})
			if errors.Is(err, replica.ErrNotYet) {
				return fmt.Errorf("%s: it does not follow %s: it is %s", m.Old.Node.Label, m.Next.Node.Label, last)
			}
			return err
		},
	}, m.Old.Node.Label)
}

// force makes a secondary the only voter of its set, although no primary agrees: one that is gone cannot. When that comes back,
// it takes over the newer configuration, and gives up what the new primary has not.
func (m *promotion) force() plan.Step {
	next := m.Next.Node.Label
	return m.Step(plan.Step{
		ID: "promote", Title: "make it the only voter of the set, by force, and so the primary", Opens: true,
		Commands: []string{fmt.Sprintf("replSetReconfig with {host: %q, priority: 1, votes: 1} and no vote for others, force: true", m.me())},
		Undo:     plan.Permanent(next + " is the primary now, and may have taken writes"),
		Done:     m.leads,
		Do: func(ctx context.Context, report plan.Progress) error {
			err := m.back.onPrimary(ctx, false, func(s *session) error {
				c, err := s.config(ctx)
				if err != nil {
					return err
				}
				take := func(config bson.D) error {
					return s.tell(ctx, "admin", bson.D{{Key: "replSetReconfig", Value: config}, {Key: "force", Value: true}})
				}
				err = take(c.sole(m.me(), false))
				// Since 5.0 nothing may change which writes are acknowledged by default, as the end of arbiters does.
				if failed(err, codeIncompatible) && c.arbiters() > 0 {
					return take(c.sole(m.me(), true))
				}
				return err
			})
			if err != nil {
				return err
			}
			return m.elected(ctx, report)
		},
	}, next)
}
