package redis

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// target tests what concerns one would-be replica and its primary.
func (c *checker) target(p, t replication.Facts) {
	if !c.Identity(instance(p), instance(t)) {
		return
	}
	c.Free(instance(p), instance(t), fedBy(t))
	c.copying(p, t)
	c.clients(t)
	c.Memory(p, t)
	c.Clock(p, t)
}

// copying tests what a full copy needs.
func (c *checker) copying(p, t replication.Facts) {
	c.mode(t)
	c.files(t)
	c.version(p, t)
	c.commands(t, "config", "client", "info", "save", "replicaof")
	c.renames(p, t)
	c.tls(p, t)
	c.room(p, t)
	c.limits(p, t)
	c.fork(p, t)
	c.disk(p, t)
	if n := nativeOf(t); n.commandLine("replicaof") || n.commandLine("slaveof") || n.commandLine("replica-read-only") {
		c.Add("settings", t.Node.Label, false, "take it out of "+n.Unit, "replicaof or replica-read-only is fixed on the server's command line")
	}
	c.Port(p, t, c.opens(p))
}

func fedBy(t replication.Facts) []string {
	var fed []string
	for _, r := range nativeOf(t).Replicas {
		address, _, _ := strings.Cut(r["addr"], ":")
		fed = append(fed, address)
	}
	return fed
}

// opens tells whether the plan makes the primary listen where it does not yet.
func (c *checker) opens(replication.Facts) bool {
	change := primaryChanges(c.Req)
	return change.has("bind") || change.has("tls-port")
}

func (c *checker) version(p, t replication.Facts) {
	pn, tn, label := nativeOf(p), nativeOf(t), t.Node.Label
	have, want := product(tn.flavour)+" "+t.Version, product(pn.flavour)+" "+p.Version
	switch {
	case tn.reads(pn.release):
		c.Add("version", label, true, "", "%s, the primary has %s", have, want)
	case tn.flavour == pn.flavour:
		c.Add("version", label, false, "install "+want+" or a later one on "+label, "%s, the primary has %s: a replica has to be as new as its primary", have, want)
	default:
		c.Add("version", label, false, "install "+want+" on "+label, "%s cannot read the data of %s: its format is %d, and only up to %d do both read", have, want, pn.rdb(), lastShared)
	}
}

// renames tests that both sides call the commands alike: changes travel under the names that clients use.
func (c *checker) renames(p, t replication.Facts) {
	there, here := nativeOf(p).Conf.Renamed(), nativeOf(t).Conf.Renamed()
	for _, admin := range []string{"config", "save", "bgsave", "debug", "shutdown", "client", "acl", "info", "replicaof", "slaveof", "keys", "monitor", "bgrewriteaof", "module"} {
		delete(there, admin)
		delete(here, admin)
	}
	if maps.Equal(there, here) {
		return
	}
	names := slices.Sorted(maps.Keys(there))
	for _, n := range slices.Sorted(maps.Keys(here)) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	c.Add("renames", t.Node.Label, false, "make the rename-command lines alike on both servers",
		"%s: not named as on the primary, so changes by these commands would not arrive", strings.ToUpper(strings.Join(names, ", ")))
}

// tls tests that the connection can be encrypted, where it is.
func (c *checker) tls(p, t replication.Facts) {
	if !overTLS(p, t) {
		return
	}
	pn, tn := nativeOf(p), nativeOf(t)
	_, there := pn.Settings["tls-port"]
	_, here := tn.Settings["tls-replication"]
	own := pn.setting("tls-port") != 0
	switch {
	case !t.Running: // an unfinished run left it so, and was checked
	case !there || !here:
		who := replica.Choose(there, t.Node.Label, p.Node.Label)
		c.Refuse("tls", who, "install Debian's package, which has it", "its server was built without TLS, and %s", replica.Choose(pn.Port == 0, p.Node.Label+" has no other port", "between apps the connection is encrypted"))
	case own && pn.Settings["tls-auth-clients"] == "yes":
		c.Add("tls", p.Node.Label, false, "set tls-auth-clients to optional there: the replica shows a password instead",
			"its TLS port %d wants a certificate of every client", pn.setting("tls-port"))
	case own:
		c.Add("tls", t.Node.Label, true, "", "through the TLS port %d of %s", pn.setting("tls-port"), p.Node.Label)
	default:
		plain := fmt.Sprintf("its port %d stays as it is", pn.Port)
		if pn.Port == 0 {
			plain = "it has no plain port, only " + pn.Socket
		}
		c.Add("tls", t.Node.Label, true, "", "%s opens port %d for TLS, with a certificate that belt makes; %s", p.Node.Label, tlsPort(pn), plain)
	}
}

// room tests that the primary's data fits into the target's memory.
func (c *checker) room(p, t replication.Facts) {
	pn, tn, label := nativeOf(p), nativeOf(t), t.Node.Label
	need := pn.number("used_memory")
	limit := tn.setting("maxmemory")
	if limit > 0 && limit < need {
		// A replica ignores maxmemory unless it is told otherwise, until it is a primary one day.
		ignored := tn.Settings["replica-ignore-maxmemory"] != "no"
		hint := fmt.Sprintf("raise maxmemory on %s to %s or more", label, replica.Size(need))
		if ignored {
			hint += ", or accept it with --skip-check maxmemory"
		}
		c.Add("maxmemory", label, false, hint, "maxmemory is %s, and %s uses %s%s", replica.Size(limit), p.Node.Label, replica.Size(need),
			replica.Choose(ignored, ": as a replica it ignores that, as a primary it would not", ": it would drop keys by itself"))
	} else {
		c.Add("maxmemory", label, true, "", "%s, %s uses %s", replica.Choose(limit == 0, "no limit", replica.Size(limit)), p.Node.Label, replica.Size(need))
	}
	if tn.Settings["replica-ignore-maxmemory"] == "no" && limit > 0 && tn.Settings["maxmemory-policy"] != "noeviction" {
		c.Add("eviction", label, false, "set replica-ignore-maxmemory yes there", "maxmemory-policy %s with replica-ignore-maxmemory no: the copy would lose keys that the primary has", tn.Settings["maxmemory-policy"])
	}
	if s := tn.survey; s != nil {
		have := s.Available + tn.number("used_memory")
		c.Add("memory-free", label, have >= need, "use a larger server, or free some memory", "needs %s for the data, has %s", replica.Size(need), replica.Size(have))
	}
}

// limits tells of the writes per second that the buffers have to hold while the copy is made.
func (c *checker) limits(p, t replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	s := n.survey
	if s == nil {
		return
	}
	b := buffersFor(c.Req)
	c.Add("buffers", label, b.held, "choose a calmer hour: what is written while the copy is made waits in the primary's memory",
		"writes %s/s; holds up to %s for a replica while the copy is made, and may need %s", replica.Size(int64(s.PerSecond)), replica.Size(b.limit), replica.Size(b.need))
	if rate := int64(s.PerSecond); rate > 0 && n.setting("repl-backlog-size")/rate < 60 {
		c.Warn("backlog", label, "repl-backlog-size is %s: a replica that is away for more than %d s has to be copied anew; --keep-wal 512MB makes it larger",
			replica.Size(n.setting("repl-backlog-size")), n.setting("repl-backlog-size")/rate)
	}
}

// fork tests that the primary can fork to make the copy: pages that change while it is made are there twice.
func (c *checker) fork(p, _ replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	s := n.survey
	if s == nil || slices.ContainsFunc(c.List, func(k check) bool { return k.Name == "fork" && k.Server == label }) {
		return
	}
	used := n.number("used_memory_rss")
	need := min(used, used/10+int64(4*estimate(c.Req).Seconds*s.PerSecond)+buffersFor(c.Req).need)
	c.Add("fork", label, s.Available >= need, "free some memory there, or choose a calmer hour",
		"it forks to make the copy: that may take %s of memory, %s are free", replica.Size(need), replica.Size(s.Available))
	if s.Overcommit != 1 && used > s.Available {
		c.Add("overcommit", label, false, "sysctl vm.overcommit_memory=1", "vm.overcommit_memory is %d, and it uses %s with %s free: the fork may be refused", s.Overcommit, replica.Size(used), replica.Size(s.Available))
	}
}

// disk tests that the copy fits beside the old data.
func (c *checker) disk(p, t replication.Facts) {
	s := nativeOf(t).survey
	if s == nil {
		return
	}
	data := nativeOf(p).bytes()
	c.Disk(instance(t), replica.Room{Data: data, Need: 2 * data, Why: "twice the primary's data", Free: s.Free, Used: s.Used})
}

// clients tests that nobody changes the data that is about to be set aside.
func (c *checker) clients(t replication.Facts) {
	n := nativeOf(t)
	if n.survey == nil || !t.Running || t.Replica {
		return
	}
	c.Add("clients", t.Node.Label, n.survey.Writes == 0, "stop what writes there: its data is set aside",
		"%d clients, %d changes within 0.6 s", len(n.survey.Clients), n.survey.Writes)
	if p := nativeOf(*c.Req.Topology.Primary); p.PasswordID != n.PasswordID && t.Node.App == c.Req.Topology.Primary.Node.App {
		c.Warn("password", t.Node.Label, "its password is not the primary's: the app's clients need the same one on both to read from the replica")
	}
}
