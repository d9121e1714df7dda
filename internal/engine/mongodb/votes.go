package mongodb

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// A set elects its primary by a majority of votes. With two voters the loss of either makes the other read-only; with
// three, the loss of one is borne, and another takes over by itself. So there is one voter, or an odd number of at least
// three; and Belt gives votes only when it is told to, for then the primary may change by itself.

// voters are the hosts that vote in a set of these members, the primary first: with the arbiters, which always do, an odd
// number of at least three, or the primary alone.
func voters(hosts []string, arbiters int) []string {
	n := min(len(hosts), 7-arbiters) // a set has seven votes at most
	if (n+arbiters)%2 == 0 {
		n--
	}
	if n+arbiters < 3 {
		n = 1
	}
	return hosts[:max(n, 1)]
}

// arbiters is the number of those that a set has.
func (c *setConfig) arbiters() (n int) {
	for _, m := range c.members() {
		if m.Arbiter {
			n++
		}
	}
	return n
}

// electorate are the primary and all replicas of the set once the makings are done.
func electorate(req replication.Request, makings []making) []string {
	n := nativeOf(*req.Topology.Primary)
	hosts := []string{convert(req).host}
	have := map[string]bool{hosts[0]: true}
	add := func(host string) {
		if !have[host] {
			have[host] = true
			hosts = append(hosts, host)
		}
	}
	for _, m := range n.Config.members() {
		if !m.Arbiter && !m.Hidden {
			add(m.Host)
		}
	}
	for _, m := range makings {
		add(m.host)
	}
	return hosts
}

// votesSteps give votes, one member at a time: since 4.4 a set takes one such change after the other.
func votesSteps(req replication.Request, makings []making) []plan.Step {
	if len(makings) == 0 {
		return nil
	}
	hosts := electorate(req, makings)
	voting := voters(hosts, nativeOf(*req.Topology.Primary).Config.arbiters())
	if len(voting) < 2 {
		return nil
	}
	m := makings[0]
	had := map[string]bool{}
	for _, v := range nativeOf(*req.Topology.Primary).Config.members() {
		had[v.Host] = v.Votes > 0
	}
	var gains []string
	for _, host := range voting[1:] {
		if !had[host] {
			gains = append(gains, host)
		}
	}
	if len(gains) == 0 {
		return nil
	}
	s := plan.Step{
		ID: "votes", Server: m.From(), Title: fmt.Sprintf("let %d members vote: the set elects another primary by itself when one is lost", len(voting)), Adopt: m.Adopt,
		Done: func(ctx context.Context) (bool, error) {
			all := true
			err := m.onPrimary(ctx, true, func(s *session) error {
				c, err := s.config(ctx)
				for _, host := range gains {
					v, _ := c.find(host)
					all = all && v.Votes > 0
				}
				return err
			})
			return all && err == nil, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.vote(ctx, gains, 1) },
		Undo: plan.Undoable("take the votes back", func(ctx context.Context, _ plan.Progress) error {
			return m.vote(ctx, gains, 0)
		}),
	}
	for _, host := range gains {
		s.Commands = append(s.Commands, fmt.Sprintf("replSetReconfig with {host: %q, priority: 1, votes: 1}", host))
	}
	return []plan.Step{s}
}

// vote gives members a vote, or takes it, one after the other.
func (m making) vote(ctx context.Context, hosts []string, votes int) error {
	return m.onPrimary(ctx, false, func(s *session) error {
		if h, err := s.hello(ctx); err != nil || h.SetName == "" {
			return err
		}
		for _, host := range hosts {
			err := changeConfig(ctx, s, func(c *setConfig) bson.D {
				if v, there := c.find(host); !there || v.Votes == votes {
					return nil
				}
				return c.voting(host, votes)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// votesNotes explain who votes.
func votesNotes(req replication.Request, makings []making) []string {
	hosts := electorate(req, makings)
	voting := voters(hosts, nativeOf(*req.Topology.Primary).Config.arbiters())
	switch {
	case req.Options.Votes && len(voting) < 2:
		return []string{fmt.Sprintf("--votes changes nothing with %d members: two voters would make %s read-only when either is lost; from three on they vote", len(hosts), makings[0].From())}
	case req.Options.Votes && len(voting) < len(hosts):
		return []string{fmt.Sprintf("%d of %d members vote, an odd number: %s", len(voting), len(hosts), strings.Join(voting, ", "))}
	case !req.Options.Votes && len(voting) >= 3:
		return []string{fmt.Sprintf("only %s votes: it stays the primary whatever happens to the replicas. --votes lets %d members vote, "+
			"and the set elect another primary by itself when it is lost", makings[0].From(), len(voting))}
	}
	return nil
}
