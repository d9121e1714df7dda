package mongodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// configPatience is how long a new configuration may be refused because the one before is still on its way.
const configPatience = 30 * time.Second

// changeConfig changes the set's configuration on the primary: edit makes the next one, nil for nothing to do.
func changeConfig(ctx context.Context, s *session, edit func(*setConfig) bson.D) error {
	var last error
	err := replica.Until(ctx, configPatience, func(ctx context.Context) (bool, error) {
		now, err := s.config(ctx)
		if err != nil {
			return false, err
		}
		next := edit(now)
		if next == nil {
			return true, nil
		}
		last = s.tell(ctx, "admin", bson.D{{Key: "replSetReconfig", Value: next}})
		// Somebody else's came in between, or the members have not taken the last one yet (since 4.4).
		if failed(last, codeConfigInProgress, codeNotCommitted) || failed(last, codeIncompatible) && !same(ctx, s, now) {
			return false, nil
		}
		return last == nil, last
	})
	if errors.Is(err, replica.ErrNotYet) && last != nil {
		return last
	}
	return err
}

// same tells whether the configuration is still that one.
func same(ctx context.Context, s *session, as *setConfig) bool {
	now, err := s.config(ctx)
	return err == nil && number(get(now.doc, "version")) == number(get(as.doc, "version"))
}

// onPrimary does something with a session on the primary.
func (m making) onPrimary(ctx context.Context, readOnly bool, do func(*session) error) error {
	s, _, err := m.primaryDoor().open(ctx, readOnly)
	if err != nil {
		return err
	}
	defer s.close()
	return do(s)
}

// isMember tells whether the primary has the replica in its configuration.
func (m making) isMember(ctx context.Context) (is bool, err error) {
	err = m.onPrimary(ctx, true, func(s *session) error {
		c, err := s.config(ctx)
		switch {
		case failed(err, codeNoReplication, codeNotInitialized, codeInvalidConfig):
			return nil // there is no set
		case err != nil:
			return err
		}
		_, is = c.find(m.host)
		return nil
	})
	return is, err
}

// strayMember tells whether this run's member is still in the configuration, or runs although it did not before.
func (m making) strayMember(ctx context.Context) (bool, error) {
	if !m.Ran && m.Target.Answers(ctx) == nil {
		return true, nil
	}
	if m.noted.Joined {
		return false, nil // it was one before
	}
	return m.isMember(ctx)
}

// join takes the replica into the set.
func (m making) join() plan.Step {
	undo := plan.Undoable("take it out of the set", func(ctx context.Context, _ plan.Progress) error { return m.part(ctx) })
	if m.noted.Joined {
		undo = plan.NoEffect("nothing: it was a member before")
	}
	return m.Step(plan.Step{
		ID: "join", Server: m.From(), Title: fmt.Sprintf("take %s into the set, with no vote: losing it never makes %s read-only", m.To(), m.From()),
		Commands: []string{fmt.Sprintf("replSetReconfig with {host: %q, priority: 0, votes: 0}", m.host)},
		Done:     m.isMember,
		Do: func(ctx context.Context, _ plan.Progress) error {
			return m.onPrimary(ctx, false, func(s *session) error {
				return changeConfig(ctx, s, func(c *setConfig) bson.D {
					if _, there := c.find(m.host); there {
						return nil
					}
					return c.with(m.host)
				})
			})
		},
		Undo: undo,
	})
}

// part takes the replica out of the set. Where another member's vote would leave two voters, of whom the loss of either
// makes the primary read-only, that vote goes first.
func (m making) part(ctx context.Context) error {
	s, _, err := m.primaryDoor().open(ctx, false)
	if err != nil {
		return err
	}
	defer s.close()
	h, err := s.hello(ctx)
	if err != nil {
		return err
	}
	if h.SetName == "" {
		return nil // the set is gone
	}
	for {
		again := false
		err := changeConfig(ctx, s, func(c *setConfig) bson.D {
			entry, there := c.find(m.host)
			if !there {
				return nil
			}
			if voters := c.voters(); entry.Votes > 0 && len(voters) == 3 {
				again = true
				return c.voting(m.host, 0)
			}
			if voters := c.voters(); entry.Votes == 0 && len(voters) == 2 && h.Me != "" {
				for _, host := range voters {
					if host != h.Me {
						again = true
						return c.voting(host, 0)
					}
				}
			}
			return c.without(m.host)
		})
		if err != nil || !again {
			return err
		}
	}
}
