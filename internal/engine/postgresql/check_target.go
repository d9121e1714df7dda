package postgresql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

func asHint(err error, into *interface{ Hint() string }) bool { return errors.As(err, into) }

// maxSkew is how far two clocks may be apart, in seconds, before lag times and certificates would mislead.
const maxSkew = 5.0

// target tests what concerns one would-be replica and its primary.
func (c *checker) target(p, t replication.Facts) {
	pn, tn, label := nativeOf(p), nativeOf(t), t.Node.Label
	if !c.identity(p, t) {
		return
	}
	c.role(p, t)
	c.add("version", label, pn.Version == tn.Version, fmt.Sprintf("install PostgreSQL %d on %s", pn.Version, label),
		"%s, the primary has %s%s", t.Version, p.Version, choose(pn.Version == tn.Version, "", ": a physical replica needs the same major version"))
	c.add("arch", label, p.Host.Arch == t.Host.Arch, "use a server of the same architecture", "%s, the primary has %s", t.Host.Arch, p.Host.Arch)
	for _, name := range []string{"block_size", "wal_segment_size"} {
		have, want := tn.Settings[name].Value, pn.Settings[name].Value
		if t.Running && have != want && name == "block_size" {
			c.add("build", label, false, "use a server program of the same build", "%s %s, the primary has %s", name, have, want)
		}
	}
	c.locale(p, t)
	c.limits(p, t)
	c.tools(t)
	c.clients(t)
	c.disk(p, t)
	c.wal(p, t)
	c.memory(p, t)
	c.tablespaces(p, t)
	c.link(p, t)
	apart := t.Host.Skew - p.Host.Skew
	c.add("clock", label, apart < maxSkew && apart > -maxSkew, "run a time service on both servers", "%.1f s apart from %s", apart, p.Node.Label)
}

// identity tells two servers apart by what runs there, not by their names: servers made from one image have the same
// machine id, host keys and system identifier, but no two postmasters started in the same microsecond.
func (c *checker) identity(p, t replication.Facts) bool {
	label := t.Node.Label
	if p.Node.Same(t.Node) || p.Instance != "" && p.Instance == t.Instance {
		c.add("identity", label, false, "check the addresses in belt.yaml", "it is the primary itself: both lead to %s on %s", nativeOf(p).DataDir, p.Host.Hostname)
		return false
	}
	c.add("identity", label, true, "", "%s, not %s", describe(t), describe(p))
	return true
}

// resync tests what a way to mend a replica needs.
func (c *checker) resync(p, t replication.Facts, method string) {
	pn, tn, label := nativeOf(p), nativeOf(t), t.Node.Label
	c.role(p, t)
	c.add("version", label, pn.Version == tn.Version, fmt.Sprintf("install PostgreSQL %d on %s", pn.Version, label), "%s, the primary has %s", t.Version, p.Version)
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
			c.add("disk", label, s.FreeBytes >= need, "free some space, or --method full --discard-old", "needs %s for the copy that is rewound, has %s", size(need), size(s.FreeBytes))
		}
	}
}

func describe(f replication.Facts) string {
	return fmt.Sprintf("%s with system %s", f.Host.Hostname, f.Identity)
}

// role tests that the target is free: no replica of something else, and nobody's primary.
func (c *checker) role(p, t replication.Facts) {
	n, label := nativeOf(t), t.Node.Label
	resync := fmt.Sprintf("belt db replicate resync %s --replica %s", c.req.Topology.Target, t.Node.Server)
	switch {
	case n.Unfinished != nil && n.Unfinished.Command != c.req.Command:
		c.add("role", label, false, fmt.Sprintf("finish it with the same command, or clear it with belt db replicate disable %s --replica %s", c.req.Topology.Target, t.Node.Server),
			"%q did not finish there", n.Unfinished.Command)
	case c.req.Command == commandResync:
	case n.Unfinished == nil && healthy(c.req.Topology, t):
		c.add("role", label, true, "", "follows %s", p.Node.Label)
	case t.Replica && !followsNode(t, p.Node) && n.Unfinished == nil:
		c.add("role", label, false, "disable that replication first", "it is already a replica, of %s", choose(t.Follows != "", t.Follows, "another server"))
	case t.Replica && n.Unfinished == nil:
		c.add("role", label, false, resync, "it is already a replica of %s, and not in good health", p.Node.Label)
	default:
		c.add("role", label, true, "", "takes part in no replication")
	}
	var fed []string
	for _, s := range n.Senders {
		if s.Application != "pg_basebackup" {
			fed = append(fed, s.Client)
		}
	}
	for _, s := range n.Slots {
		if s.Active && len(fed) == 0 {
			fed = append(fed, "slot "+s.Name)
		}
	}
	c.add("replicas", label, len(fed) == 0, "disable its own replicas first", "%s",
		choose(len(fed) == 0, "feeds no replica", "it is the primary of others: "+strings.Join(fed, ", ")))
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
	c.add("locale", t.Node.Label, len(differ) == 0, "use the same release of the operating system, or reindex the copy after disabling",
		"%s", choose(len(differ) > 0, strings.Join(differ, "; ")+": indexes on text would be wrong", choose(len(same) > 0, strings.Join(same, ", "), "only the C locale is used")))
}

// limits tells which settings of the target are raised to the primary's.
func (c *checker) limits(p, t replication.Facts) {
	m := newMaking(c.req, t)
	var raised []string
	for _, r := range m.raised() {
		raised = append(raised, fmt.Sprintf("%s from %s to %s", r.name, r.from, r.to))
	}
	c.add("limits", t.Node.Label, true, "", "%s", choose(len(raised) == 0, "none lower than the primary's", "raises "+strings.Join(raised, ", ")))
}

func (c *checker) tools(t replication.Facts) {
	missing := nativeOf(t).MissingTools
	c.add("tools", t.Node.Label, len(missing) == 0, "install the server package of PostgreSQL whole", "%s",
		choose(len(missing) == 0, "pg_basebackup, pg_verifybackup, pg_rewind in "+nativeOf(t).BinDir, "missing: "+strings.Join(missing, ", ")))
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
	// Without a session it is the server's own work, such as autovacuum's.
	c.add("clients", t.Node.Label, writing == 0 && (changed == 0 || len(n.Clients) == 0), "stop what writes there: its data is set aside",
		"%d sessions, %d of them writing, %d transactions wrote within 0.6 s", len(n.Clients), writing, changed)
}

func (c *checker) tablespaces(p, t replication.Facts) {
	pn := nativeOf(p)
	if len(pn.Tablespaces) == 0 {
		return
	}
	m := newMaking(c.req, t)
	var places []string
	for _, ts := range pn.Tablespaces {
		places = append(places, ts.Name+" to "+m.tablespace(ts))
	}
	c.add("tablespaces", t.Node.Label, true, "", "%s", strings.Join(places, ", "))
}

// link tests that the replica reaches the primary's port, or will once listen_addresses has been changed.
func (c *checker) link(p, t replication.Facts) {
	l := c.req.Links[t.Node.Key()]
	where := fmt.Sprintf("%s:%d", l.Address, l.Port)
	opens := slices.ContainsFunc(primaryChanges(c.req).list, func(s settingChange) bool { return s.name == "listen_addresses" })
	switch {
	case l.Reachable:
		c.add("port", t.Node.Label, true, "", "reaches %s from %s", where, l.From)
	case l.HostUp && opens:
		c.add("port", t.Node.Label, true, "", "%s is closed now; it opens when %s listens there", where, p.Node.Label)
	default:
		c.add("port", t.Node.Label, false, fmt.Sprintf("open port %d on %s for %s", l.Port, p.Node.Label, l.From), "cannot reach %s: %s", where, l.Detail)
	}
}
