package postgresql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// target tests what concerns one would-be replica and its primary.
func (c *checker) target(p, t replication.Facts) {
	pn, tn, label := nativeOf(p), nativeOf(t), t.Node.Label
	if !c.Identity(instanceOf(p), instanceOf(t)) {
		return
	}
	c.Free(instanceOf(p), instanceOf(t), fed(t))
	c.Add("version", label, pn.Version == tn.Version, fmt.Sprintf("install PostgreSQL %d on %s", pn.Version, label),
		"%s, the primary has %s%s", t.Version, p.Version, replica.Choose(pn.Version == tn.Version, "", ": a physical replica needs the same major version"))
	c.Arch(p, t)
	for _, name := range []string{"block_size", "wal_segment_size"} {
		have, want := tn.Settings[name].Value, pn.Settings[name].Value
		if t.Running && have != want && name == "block_size" {
			c.Add("build", label, false, "use a server program of the same build", "%s %s, the primary has %s", name, have, want)
		}
	}
	c.locale(p, t)
	c.limits(p, t)
	c.tools(t)
	c.clients(t)
	c.disk(p, t)
	c.wal(p, t)
	c.Memory(p, t)
	c.tablespaces(p, t)
	c.link(p, t)
	c.Clock(p, t)
}

// resync tests what a way to mend a replica needs.
func (c *checker) resync(p, t replication.Facts, method string) {
	pn, tn, label := nativeOf(p), nativeOf(t), t.Node.Label
	c.Free(instanceOf(p), instanceOf(t), fed(t))
	c.Add("version", label, pn.Version == tn.Version, fmt.Sprintf("install PostgreSQL %d on %s", pn.Version, label), "%s, the primary has %s", t.Version, p.Version)
	c.tools(t)
	c.link(p, t)
	switch method {
	case methodFull:
		c.clients(t)
		c.disk(p, t)
		c.wal(p, t)
		c.tablespaces(p, t)
	case methodRewind:
		c.clients(t)
		if s := tn.survey; s != nil {
			need := s.UsedBytes + s.UsedBytes/4
			c.Add("disk", label, s.FreeBytes >= need, "free some space, or --method full --discard-old", "needs %s for the copy that is rewound, has %s", replica.Size(need), replica.Size(s.FreeBytes))
			c.Layout(instanceOf(t), s.Mount)
		}
	}
}

// fed are those that a server feeds. Who takes a base backup of it, Belt's own among them, is no replica.
func fed(f replication.Facts) []string {
	n := nativeOf(f)
	var out []string
	for _, s := range n.Senders {
		if s.Application != "pg_basebackup" && s.State != "backup" {
			out = append(out, s.Client)
		}
	}
	for _, s := range n.Slots {
		if s.Active && !s.Temporary && len(out) == 0 {
			out = append(out, "slot "+s.Name)
		}
	}
	return out
}

// locale tests that both sides sort alike: indexes of a physical copy are silently wrong where they do not.
func (c *checker) locale(p, t replication.Facts) {
	ps, ts := nativeOf(p).survey, nativeOf(t).survey
	if ps == nil || ts == nil || !t.Running {
		return
	}
	used := map[string]bool{}
	for _, d := range ps.Databases {
		if d.Provider == "i" || d.Provider == "c" && d.Collation != "C" && d.Collation != "POSIX" {
			used[d.Provider] = true
		}
	}
	var differ, same []string
	for _, provider := range []string{"c", "i"} {
		name := map[string]string{"c": "glibc", "i": "ICU"}[provider]
		have, want := ts.Locales[provider], ps.Locales[provider]
		switch {
		case !used[provider]:
		case have != want:
			differ = append(differ, fmt.Sprintf("%s collations %s, the primary has %s", name, have, want))
		default:
			same = append(same, name+" collations "+have)
		}
	}
	c.Add("locale", t.Node.Label, len(differ) == 0, "use the same release of the operating system, or reindex the copy after disabling",
		"%s", replica.Choose(len(differ) > 0, strings.Join(differ, "; ")+": indexes on text would be wrong", replica.Choose(len(same) > 0, strings.Join(same, ", "), "only the C locale is used")))
}

// limits tells which settings of the target are raised to the primary's.
func (c *checker) limits(p, t replication.Facts) {
	m := newMaking(c.Req, t)
	var raised []string
	for _, r := range m.raised() {
		raised = append(raised, fmt.Sprintf("%s from %s to %s", r.name, r.from, r.to))
	}
	c.Add("limits", t.Node.Label, true, "", "%s", replica.Choose(len(raised) == 0, "none lower than the primary's", "raises "+strings.Join(raised, ", ")))
}

func (c *checker) tools(t replication.Facts) {
	missing := nativeOf(t).MissingTools
	c.Add("tools", t.Node.Label, len(missing) == 0, "install the server package of PostgreSQL whole", "%s",
		replica.Choose(len(missing) == 0, "pg_basebackup, pg_verifybackup, pg_rewind in "+nativeOf(t).BinDir, "missing: "+strings.Join(missing, ", ")))
}

// clients tests that nobody changes the data that is about to be set aside.
func (c *checker) clients(t replication.Facts) {
	n := nativeOf(t)
	if !t.Running || n.InRecovery {
		return
	}
	writing := 0
	for _, cl := range n.Clients {
		if cl.Writing {
			writing++
		}
	}
	changed := int64(0)
	if n.survey != nil {
		changed = n.survey.Writes
	}
	found := "nobody is connected"
	switch len(n.Clients) {
	case 0:
	case 1:
		found = "1 session, " + replica.Choose(writing == 1, "writing", "not writing")
	default:
		found = fmt.Sprintf("%d sessions, %d of them writing", len(n.Clients), writing)
	}
	if changed > 0 {
		found += fmt.Sprintf("; %s within 0.6 s", replica.Count(int(changed), "write"))
	}
	// Without a session it is the server's own work, such as autovacuum's.
	c.Add("clients", t.Node.Label, writing == 0 && (changed == 0 || len(n.Clients) == 0), "stop what writes there: its data is set aside", "%s", found)
}

func (c *checker) tablespaces(p, t replication.Facts) {
	pn := nativeOf(p)
	if len(pn.Tablespaces) == 0 {
		return
	}
	m := newMaking(c.Req, t)
	var places []string
	for _, ts := range pn.Tablespaces {
		places = append(places, ts.Name+" to "+m.tablespace(ts))
	}
	c.Add("tablespaces", t.Node.Label, true, "", "%s", strings.Join(places, ", "))
}

// link tests that the replica reaches the primary's port, or will once listen_addresses has been changed.
func (c *checker) link(p, t replication.Facts) {
	c.Port(p, t, slices.ContainsFunc(primaryChanges(c.Req).list, func(s settingChange) bool { return s.name == "listen_addresses" }))
}
