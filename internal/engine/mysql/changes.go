package mysql

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// changes is what has to be different in the primary's options before it can feed its replicas.
type changes struct {
	list    []optionChange
	restart bool
	gtid    bool // MySQL's global transaction ids are switched on, step by step
}

type optionChange struct {
	option
	from    string
	restart bool
}

const (
	day = 24 * 60 * 60
	// keepDays is how long the primary keeps its binary logs where nobody said so.
	keepDays = 7
)

// primaryChanges compares the primary's options with what the request needs. Options that Belt wrote already are part of
// its note, and stay in its file.
func primaryChanges(req replication.Request) changes {
	p := *req.Topology.Primary
	n := nativeOf(p)
	var c changes
	add := func(name, text, value string, restart bool) {
		c.list = append(c.list, optionChange{option{name, text, value}, n.value(name), restart})
		c.restart = c.restart || restart
	}
	logs := n.LogBin
	if !logs {
		add("log_bin", logName, "ON", true)
	}
	if n.ServerID <= 1 {
		id := strconv.FormatUint(uint64(serverID(p.Node)), 10)
		add("server_id", id, id, false)
	}
	if n.value("binlog_format") == "STATEMENT" {
		add("binlog_format", "ROW", "ROW", false)
	}
	if name, text := n.retention(req, logs); name != "" {
		add(name, text, text, false)
	}
	if n.leftAlone() { // since it had its last replica
		add(purgeOption, "1", "1", false)
	}
	if n.flavour == mySQL && n.value("gtid_mode") != "ON" {
		c.gtid = true
		add("enforce_gtid_consistency", "ON", "ON", false)
		add("gtid_mode", "ON", "ON", false)
	}
	if n.on("skip_networking") {
		add("skip_networking", "OFF", "OFF", true)
	}
	if bind := bindChange(n, p, req); bind != "" {
		add("bind_address", bind, bind, true)
	}
	if crossesApps(req) && n.flavour == mariaDB && n.value("ssl_cert") == "" {
		// MariaDB from 11.4 makes a certificate at each start, which nobody can know beforehand.
		add("ssl_cert", serverCert(n), serverCert(n), true)
		add("ssl_key", serverKey(n), serverKey(n), true)
	}
	return c
}

// crossesApps tells whether a target is of another app than the primary.
func crossesApps(req replication.Request) bool {
	return slices.ContainsFunc(req.Targets, func(t replication.Facts) bool { return t.Node.App != req.Topology.Primary.Node.App })
}

// serverID is a number for a server that no other has: of its name, and beyond those that people give.
func serverID(n replication.Node) uint32 {
	h := fnv.New32a()
	h.Write([]byte(n.App + "/" + n.Server + "/" + n.Database)) // never fails
	return h.Sum32()>>1 | 1<<30
}

// retention is the option to change so that binary logs are kept for longer than the copy takes, and not for ever; empty
// for none.
func (n *native) retention(req replication.Request, logs bool) (name, text string) {
	name, unit := "expire_logs_days", int64(day)
	if n.has(expireSeconds) {
		name, unit = "binlog_expire_logs_seconds", 1
	}
	value, err := strconv.ParseFloat(n.value(name), 64)
	if err != nil {
		return "", "" // it is down, and cannot tell
	}
	have := int64(value * float64(unit))
	need := max(day, 3*int64(estimate(req).Seconds))
	switch {
	case have == 0 && (logs || n.flavour == mySQL && n.value("log_bin") == "ON"):
		return "", "" // for ever, and that is the user's choice
	case have == 0, have < need:
		return name, strconv.FormatInt(max(keepDays*day, need)/unit, 10)
	}
	return "", ""
}

// bindChange is what bind_address has to be so that every target reaches the primary; empty when it is enough.
func bindChange(n *native, p replication.Facts, req replication.Request) string {
	have := n.value("bind_address")
	want := have
	for _, t := range req.Targets {
		link := req.Links[t.Node.Key()]
		if link.Reachable || listens(want, link.Address) {
			continue
		}
		switch {
		case !slices.Contains(p.Host.Addresses, link.Address) || !n.has(manyBinds):
			// Behind address translation, or a name: no address of its own that it could listen on. Or a version that
			// takes one address only.
			want = "*"
		case want != "*":
			want += "," + link.Address
		}
	}
	if want == have {
		return ""
	}
	return want
}

// listens tells whether bind_address covers the address. Empty is all of them.
func listens(setting, address string) bool {
	for _, a := range strings.Split(setting, ",") {
		a = strings.TrimSpace(a)
		if a == "" || a == "*" || a == address || a == "0.0.0.0" && !strings.Contains(address, ":") || a == "::" {
			return true
		}
	}
	return false
}

func onlyLocal(setting string) bool {
	for _, a := range strings.Split(setting, ",") {
		if a = strings.TrimSpace(a); a != "localhost" && !strings.HasPrefix(a, "127.") && a != "::1" {
			return false
		}
	}
	return true
}

// commands are the changes for a plan's reader.
func (c changes) commands(n *native) []string {
	var out []string
	for _, s := range c.list {
		out = append(out, fmt.Sprintf("to %s: %s = %s   # was %s", n.dropIn(), s.name, s.text, s.from))
	}
	if c.gtid {
		out = append(out, "SET GLOBAL gtid_mode = OFF_PERMISSIVE, ON_PERMISSIVE, ON   -- when no anonymous transaction is under way")
	}
	if c.restart {
		return append(out, "systemctl restart "+n.Service)
	}
	for _, s := range c.list {
		if !strings.Contains(s.name, "gtid") {
			out = append(out, fmt.Sprintf("SET GLOBAL %s = %s", s.name, dynamic(s.text)))
		}
	}
	return out
}

func (c changes) names() string {
	var names []string
	for _, s := range c.list {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

func (c changes) restartNames() string {
	var names []string
	for _, s := range c.list {
		if s.restart {
			names = append(names, s.name)
		}
	}
	return strings.Join(names, ", ")
}

// restartSeconds is how long a restart takes the server away: as long as its last start took, and the time to write what
// it holds in memory, at 100 MB/s.
func (n *native) restartSeconds() float64 {
	return 1 + n.StartTook + float64(n.Dirty*16384)/100e6
}
