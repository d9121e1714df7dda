package postgresql

import (
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Checks are the preconditions of a change of the primary.
func (m *promotion) Checks() []plan.Check {
	c := newChecker(m.After)
	if !c.Promotes(m.Promotion, instanceOf(m.Next), where(m.Next)) {
		return c.List
	}
	if mode := nativeOf(m.Old).Settings["archive_mode"].Value; !m.Lost && (mode == "on" || mode == "always") {
		c.Warn("archive", m.Old.Node.Label, "archive_mode is %s: it stops once its archiver has stored the last WAL", mode)
	}
	if m.Lost && m.Old.Err == nil {
		c.Add("identity", m.Next.Node.Label, m.Old.Identity == m.Next.Identity, "name a replica: belt db status "+m.Req.Topology.Target, "system %s", m.Next.Identity)
	}
	c.Candidate(m.Promotion, nativeOf(m.Next).Notes, m.Loss(), func(f replication.Facts) int64 {
		return int64(received(f)) - int64(received(m.Next))
	})
	c.settings(m.Next)
	for _, s := range m.reachable() {
		if l, known := m.Req.Links[s.Target.Facts.Node.Key()]; known && l.Address != "" {
			c.link(m.Next, s.Target.Facts)
		}
	}
	if m.Old.Err == nil {
		c.Memory(m.Old, m.Next)
	}
	return c.List
}
