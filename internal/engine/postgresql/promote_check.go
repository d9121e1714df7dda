package postgresql

import (
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// checks are the preconditions of a change of the primary.
func (m *promotion) checks() []plan.Check {
	c := newChecker(m.after)
	if !c.exists(m.next) {
		return c.List
	}
	if m.passed {
		c.oldPrimary(m)
		return c.List
	}
	if !m.next.Running {
		c.Refuse("running", m.next.Node.Label, fmt.Sprintf("belt db replicate resync %s --replica %s", m.req.Topology.Target, m.next.Node.Server), "%s", m.next.Problem)
		return c.List
	}
	if !c.oldPrimary(m) {
		return c.List
	}
	c.candidate(m)
	c.settings(m.next)
	for _, s := range m.reachable() {
		if l, known := m.req.Links[s.Target.Facts.Node.Key()]; known && l.Address != "" {
			c.link(m.next, s.Target.Facts)
		}
	}
	if m.old.Err == nil {
		c.Memory(m.old, m.next)
	}
	return c.List
}

// oldPrimary tests what the old primary has to be like, and tells whether it makes sense to go on.
func (c *checker) oldPrimary(m *promotion) bool {
	label, lost := m.old.Node.Label, "if it is gone for good: --primary-lost, which says what is lost"
	switch {
	case m.lost:
		c.Add("lost", label, m.adopt || m.old.Err != nil || !m.old.Running, "leave out --primary-lost: nothing is lost then",
			"%s", replica.Choose(m.old.Err != nil, "cannot be reached", replica.Choose(m.old.Running, "it runs and answers", "it does not run")))
		return true
	case m.old.Err != nil:
		c.Refuse("reach", label, lost, "%v", m.old.Err)
		return false
	case m.adopt:
		c.Add("reach", label, true, "", "answers")
		return true
	case !m.old.Running:
		c.Refuse("running", label, "start it; "+lost, "the primary does not run: %s", m.old.Problem)
		return false
	}
	c.Add("reach", label, true, "", "%s, %s", m.old.Host.Hostname, m.old.Host.OS)
	if mode := nativeOf(m.old).Settings["archive_mode"].Value; mode == "on" || mode == "always" {
		c.Warn("archive", label, "archive_mode is %s: it stops once its archiver has stored the last WAL", mode)
	}
	return true
}

// candidate tests that the replica can take over.
func (c *checker) candidate(m *promotion) {
	f, n, label := m.next, nativeOf(m.next), m.next.Node.Label
	target := m.req.Topology.Target
	if u := n.Unfinished; u != nil && u.Command != m.req.Command {
		c.Add("role", label, false, "finish it with the same command first", "%q did not finish there", u.Command)
	}
	if !f.Replica {
		c.Refuse("role", label, "name a replica: belt db status "+target, "it is no replica of %s", m.old.Node.Label)
		return
	}
	if m.lost {
		c.Add("identity", label, m.old.Err != nil || m.old.Identity == f.Identity, "name a replica: belt db status "+target, "system %s", f.Identity)
		for _, s := range m.siblings {
			if m.ahead(s.Target.Facts) {
				more := int64(received(s.Target.Facts) - received(f))
				c.Add("furthest", label, false, "promote "+s.To()+", or go on without that: "+s.To()+" then needs a resync",
					"%s has %s of changes more", s.To(), replica.Size(more))
			}
		}
		c.Warn("loss", label, "%s", m.loss())
		return
	}
	if m.adopt {
		return // its primary is stopped
	}
	for _, r := range m.req.Topology.Replicas {
		if !r.Facts.Node.Same(f.Node) {
			if !r.State.Healthy() {
				c.Warn("siblings", r.Facts.Node.Label, "it is %s: it has to be resynced afterwards", r.State)
			}
			continue
		}
		fix := replica.Choose(r.Fix != "", r.Fix, "belt db replicate wait "+target)
		behind := "how far it is behind is unknown"
		if r.LagBytes != nil {
			behind = replica.Size(*r.LagBytes) + " behind"
		}
		detail := fmt.Sprintf("%s, %s", r.State, behind)
		if r.Problem != "" {
			detail += ": " + r.Problem
		}
		c.Add("lag", label, r.State == replication.Streaming, fix, "%s", detail)
	}
}
