package postgresql

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// changes is what has to be different in the primary's settings before it can feed its replicas.
type changes struct {
	list        []settingChange
	restart     bool
	certificate bool // the primary has no certificate of its own: Belt makes one
}

type settingChange struct {
	name, from, to string
	restart        bool
}

// primaryChanges compares the primary's settings with what the request needs.
func primaryChanges(req replication.Request) changes {
	p := *req.Topology.Primary
	n := nativeOf(p)
	var c changes
	add := func(name, to string, restart bool) {
		c.list = append(c.list, settingChange{name, n.Settings[name].Value, to, restart})
		c.restart = c.restart || restart
	}
	if n.Settings["wal_level"].Value == "minimal" {
		add("wal_level", "replica", true)
	}
	// Each replica takes a sender for good and a second one while it is copied.
	needed := len(n.Senders) + 2*len(req.Targets)
	if have, _ := strconv.Atoi(n.Settings["max_wal_senders"].Value); have < needed {
		add("max_wal_senders", strconv.Itoa(max(10, needed)), true)
	}
	slots := len(n.Slots)
	for _, t := range req.Targets {
		if _, there := n.slot(replicaName(t.Node)); !there {
			slots++
		}
	}
	if have, _ := strconv.Atoi(n.Settings["max_replication_slots"].Value); have < slots {
		add("max_replication_slots", strconv.Itoa(max(10, slots)), true)
	}
	if listen := listenChange(n, p, req); listen != "" {
		add("listen_addresses", listen, true)
	}
	have, keep := n.Settings["max_slot_wal_keep_size"].Value, strconv.FormatInt(walCap(req)>>20, 10)
	if have == "-1" || req.Options.KeepWAL > 0 && have != keep {
		add("max_slot_wal_keep_size", keep, false)
	}
	// idle_replication_slot_timeout (PostgreSQL 18) would give up the slot of a replica that is down for a while; the
	// cap on its WAL is the better limit, and the user's own choice stays.
	for _, t := range req.Targets {
		if t.Node.App != p.Node.App && n.Settings["ssl"].Value == "off" {
			c.certificate = true
			add("ssl", "on", false)
			add("ssl_cert_file", serverCert(n), false)
			add("ssl_key_file", serverKey(n), false)
			break
		}
	}
	return c
}

func serverCert(n *native) string { return "/var/lib/belt/" + instance(n) + "/server.crt" }
func serverKey(n *native) string  { return "/var/lib/belt/" + instance(n) + "/server.key" }

// listenChange is what listen_addresses has to be so that every target reaches the primary; empty when it is enough.
func listenChange(n *native, p replication.Facts, req replication.Request) string {
	have := n.Settings["listen_addresses"].Value
	want := have
	for _, t := range req.Targets {
		link := req.Links[t.Node.Key()]
		if link.Reachable || listens(want, link.Address) {
			continue
		}
		switch {
		case !slices.Contains(p.Host.Addresses, link.Address):
			// Behind address translation, or a name: no address of its own that it could listen on.
			want = "*"
		case want == "":
			want = link.Address
		case want != "*":
			want += "," + link.Address
		}
	}
	if want == have {
		return ""
	}
	return want
}

// listens tells whether listen_addresses covers the address.
func listens(setting, address string) bool {
	for _, a := range strings.Split(setting, ",") {
		a = strings.TrimSpace(a)
		if a == "*" || a == address || a == "0.0.0.0" && !strings.Contains(address, ":") || a == "::" && strings.Contains(address, ":") {
			return true
		}
	}
	return false
}

// walCap is how many bytes of WAL the primary may keep for its replicas: half of what is free where WAL lies, at least
// 1 GiB and at most 64 GiB, unless the user said otherwise. A slot without a cap fills the primary's disk when its
// replica is gone.
func walCap(req replication.Request) int64 {
	if req.Options.KeepWAL > 0 {
		return req.Options.KeepWAL
	}
	const gib = 1 << 30
	free := int64(0)
	if s := nativeOf(*req.Topology.Primary).survey; s != nil {
		free = s.WALFree
	}
	// In steps of a gibibyte, so that a plan does not differ from the next one by a few blocks.
	return min(max(free/2/gib*gib, gib), 64*gib)
}

// commands are the statements for a plan's reader.
func (c changes) commands(service string) []string {
	var out []string
	for _, s := range c.list {
		out = append(out, fmt.Sprintf("ALTER SYSTEM SET %s = %s   -- was %s", s.name, literal(s.to), literal(s.from)))
	}
	if c.restart {
		return append(out, "systemctl restart "+service)
	}
	return append(out, "SELECT pg_reload_conf()")
}

// needsRestart are those of the settings above that take effect only when the server starts.
var needsRestart = map[string]bool{"wal_level": true, "max_wal_senders": true, "max_replication_slots": true, "listen_addresses": true}

func sortedKeys(s saved) []string { return slices.Sorted(maps.Keys(s)) }
