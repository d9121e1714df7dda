package mongodb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// target tests what concerns one would-be replica and its primary.
func (c *checker) target(p, t replication.Facts) {
	if !c.Identity(instanceOf(p), instanceOf(t)) || !c.oneApp(p, t) {
		return
	}
	c.pair(p, t)
	c.clients(t)
	c.disk(p, t)
	c.Memory(p, t)
}

// pair tests what a member needs, new or mended.
func (c *checker) pair(p, t replication.Facts) {
	tn, label := nativeOf(t), t.Node.Label
	c.Free(instanceOf(p), instanceOf(t), fed(p, t))
	same := series(p.Version) == series(t.Version)
	c.Add("version", label, same || t.Version == "", fmt.Sprintf("install MongoDB %s on %s", series(p.Version), label), "%s, the primary has %s", t.Version, p.Version)
	c.engine(p, t)
	c.conf(t)
	c.sharded(t)
	c.tls(t)
	if (tlsMode(p) == "preferTLS" || tlsMode(p) == "preferSSL") && tlsMode(t) == "" {
		c.Add("tls", label, false, "give it the primary's net.tls settings, with a certificate", "no TLS, and the primary prefers it between members")
	}
	c.Arch(p, t)
	c.Port(p, t, convert(c.Req).opens)
	c.back(p, t, tn)
	c.Clock(p, t)
}

// series is the release series, "4.4", within which members of a set may differ.
func series(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + parts[1]
}

func (c *checker) engine(p, t replication.Facts) {
	ps, ts := nativeOf(p).survey, nativeOf(t).survey
	if ps == nil || ts == nil || ts.Engine == "" {
		return
	}
	c.Add("engine", t.Node.Label, ts.Engine == "wiredTiger" && ps.Engine == "wiredTiger", "use WiredTiger on both", "%s, the primary has %s", ts.Engine, ps.Engine)
}

// back tests that the primary reaches the replica, or will once it listens there.
func (c *checker) back(p, t replication.Facts, tn *native) {
	l := c.Req.Links[t.Node.Key()]
	host, _ := splitHost(l.BackAddress)
	switch opens := !listens(tn, host); {
	case l.Back:
		c.Add("port-back", t.Node.Label, true, "", "%s reaches it at %s", p.Node.Label, l.BackAddress)
	case l.BackUp && (opens || !t.Running):
		c.Add("port-back", t.Node.Label, true, "", "%s is closed now; it opens when %s listens there", l.BackAddress, t.Node.Label)
	default:
		c.Add("port-back", t.Node.Label, false, fmt.Sprintf("open port %d on %s for %s: members of a set call each other", tn.Port, t.Node.Label, p.Node.Label),
			"%s cannot reach %s: %s", p.Node.Label, l.BackAddress, l.BackDetail)
	}
}

// oneApp refuses what this engine does not do.
func (c *checker) oneApp(p, t replication.Facts) bool {
	if p.Node.App == t.Node.App {
		return true
	}
	c.Refuse("between-apps", t.Node.Label,
		"make it a member within the app (belt db replicate enable "+c.Req.Topology.Target+" --replica …), or bring a copy over: belt db backup create --to FILE there, and mongorestore here",
		"a replica set is one group with one list of members and accounts: drivers of %s would be sent to the servers of %s too, and either could elect the other's server", p.Node.App, t.Node.App)
	return false
}

// fed are the members of the set of which the target is the primary.
func fed(p, t replication.Facts) []string {
	n := nativeOf(t)
	if !n.inSet() || n.Config.id() == nativeOf(p).Config.id() || !t.Writable {
		return nil
	}
	var out []string
	for _, m := range n.Config.members() {
		if m.Host != n.Hello.Me {
			out = append(out, m.Host)
		}
	}
	return out
}

// clients tests that nobody changes the data that is about to be set aside.
func (c *checker) clients(t replication.Facts) {
	s := nativeOf(t).survey
	if s == nil || !t.Running || t.Replica {
		return
	}
	slices.Sort(s.Clients)
	found := "nobody is connected"
	if len(s.Clients) > 0 {
		found = replica.Count(len(s.Clients), "connection") + ", from " + strings.Join(few(s.Clients), ", ")
	}
	if s.Writes > 0 {
		found += fmt.Sprintf("; %s within a second", replica.Count(int(s.Writes), "write"))
	}
	c.Add("clients", t.Node.Label, s.Writes == 0, "stop what writes there: its data is set aside", "%s", found)
}

// few are the first of many, without their ports.
func few(addresses []string) []string {
	var out []string
	for _, a := range addresses {
		host, _ := splitHost(a)
		if !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	if len(out) > 3 {
		out = append(out[:3], "…")
	}
	return out
}

// disk tests that the copy fits beside the old data. Initial sync writes less than the primary has on its disk, and keeps
// an oplog.
func (c *checker) disk(p, t replication.Facts) {
	ps, ts := nativeOf(p).survey, nativeOf(t).survey
	if ps == nil || ts == nil {
		return
	}
	oplog := min(max(ts.FreeBytes/20, leastOplog), mostOplog)
	c.Disk(instanceOf(t), replica.Room{
		Data: ps.DataBytes, Need: ps.DataBytes + ps.DataBytes/4 + oplog, Why: "a quarter more than the primary's data, and an oplog of " + replica.Size(oplog),
		Free: ts.FreeBytes, Used: ts.UsedBytes, Mount: ts.Mount,
	})
}
