package replica

import (
	"fmt"

	"github.com/dbbelt/belt/pkg/replication"
)

// Promotes tests the server that takes over and the one that it takes over from, and tells whether it makes sense to go on.
// where says where the new one lives.
func (c *Checker) Promotes(p *Promotion, next Instance, where string) bool {
	switch {
	case !c.Exists(next, where):
		return false
	case p.Passed:
		c.oldPrimary(p)
		return false
	case !p.Next.Running:
		c.Refuse("running", p.Next.Node.Label, ResyncOf(p.Next.Node), "%s", p.Next.Problem)
		return false
	}
	return c.oldPrimary(p)
}

// oldPrimary tests what the old primary of a promotion has to be like, and tells whether it makes sense to go on.
func (c *Checker) oldPrimary(p *Promotion) bool {
	label, lost := p.Old.Node.Label, "if it is gone for good: --primary-lost, which says what is lost"
	switch {
	case p.Lost:
		c.Add("lost", label, p.Adopt || p.Old.Err != nil || !p.Old.Running, "leave out --primary-lost: nothing is lost then",
			"%s", Choose(p.Old.Err != nil, "cannot be reached", Choose(p.Old.Running, "it runs and answers", "it does not run")))
		return true
	case p.Old.Err != nil:
		c.Refuse("reach", label, lost, "%v", p.Old.Err)
		return false
	case p.Adopt:
		c.Add("reach", label, true, "", "answers")
		return true
	case !p.Old.Running:
		c.Refuse("running", label, "start it; "+lost, "the primary does not run: %s", p.Old.Problem)
		return false
	}
	c.Add("reach", label, true, "", "%s, %s", p.Old.Host.Hostname, p.Old.Host.OS)
	return true
}

// Candidate tests that the replica of a promotion can take over. loss is what is lost with the primary; more is how much more
// of its changes another replica has, in bytes.
func (c *Checker) Candidate(p *Promotion, notes Notes, loss string, more func(replication.Facts) int64) {
	f, label, target := p.Next, p.Next.Node.Label, p.Req.Topology.Target
	if u := notes.Unfinished; u != nil && u.Command != p.Req.Command {
		c.Add("role", label, false, "finish it with the same command first", "%q did not finish there", u.Command)
	}
	if !f.Replica {
		c.Refuse("role", label, "name a replica: belt db status "+target, "it is no replica of %s", p.Old.Node.Label)
		return
	}
	if p.Lost {
		for _, t := range p.After.Targets[1:] {
			if n := more(t); n > 0 {
				c.Add("furthest", label, false, "promote "+t.Node.Label+", or go on without that: "+t.Node.Label+" then needs a resync",
					"%s has %s of changes more", t.Node.Label, Size(n))
			}
		}
		c.Warn("loss", label, "%s", loss)
		return
	}
	if p.Adopt {
		return // its primary takes no writes
	}
	for _, r := range p.Req.Topology.Replicas {
		if !r.Facts.Node.Same(f.Node) {
			if !r.State.Healthy() {
				c.Warn("siblings", r.Facts.Node.Label, "it is %s: it has to be resynced afterwards", r.State)
			}
			continue
		}
		behind := "how far it is behind is unknown"
		if r.LagBytes != nil {
			behind = Size(*r.LagBytes) + " behind"
		}
		detail := fmt.Sprintf("%s, %s", r.State, behind)
		if r.Problem != "" {
			detail += ": " + r.Problem
		}
		c.Add("lag", label, r.State == replication.Streaming, Choose(r.Fix != "", r.Fix, "belt db replicate wait "+target), "%s", detail)
	}
}
