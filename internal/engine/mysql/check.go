package mysql

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// checker collects preconditions in the words of this engine.
type checker struct {
	replica.Checker
	engine *Engine
}

func (e *Engine) checker(req replication.Request) *checker {
	return &checker{Checker: replica.Checker{Req: req}, engine: e}
}

// Check tests every precondition of making the request's targets replicas of its primary. Without targets it tests what
// can be said of the primary alone.
func (e *Engine) Check(req replication.Request) []plan.Check {
	c := e.checker(req)
	return c.All(c.runs, c.primary, c.target)
}

func (c *checker) runs(f replication.Facts) bool {
	return c.Runs(instanceOf(f), nativeOf(f).where())
}

// primary tests what concerns the primary alone.
func (c *checker) primary(p replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	if c.Req.Topology.Top != nil {
		c.Chain(p)
	} else if p.Replica {
		c.Add("primary", label, false, "name the database whose primary it follows", "it is itself a replica, of %s", p.Follows)
	}
	c.options(p)
	if n.on("wsrep_on") {
		c.Add("cluster", label, false, "a Galera cluster replicates by itself", "it is a node of a Galera cluster")
	}
	if crossesApps(c.Req) && n.flavour == mySQL && !n.offersTLS() {
		c.Add("tls", label, false, "give it a certificate (ssl_cert, ssl_key), and a tls_version that is not empty", "it offers no TLS, and between apps replication is encrypted")
	}
	c.filters(p)
	c.engines(p)
	if n.survey != nil && n.survey.Encrypted > 0 {
		c.Add("encrypted", label, false, "decrypt them, or give the replica the same keys and skip this check",
			"%d encrypted tablespaces: a copy is of no use without their keys", n.survey.Encrypted)
	}
	if n.LogBin && n.value("sync_binlog") == "0" {
		c.Warn("durable", label, "sync_binlog is 0: when this server loses power, its replicas may have what it has lost; resync mends that")
	}
}

// options tests that what has to be set can be set.
func (c *checker) options(p replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	change := primaryChanges(c.Req)
	fixed, way := "", ""
	for _, s := range change.list {
		if _, by := n.fixed(s.name); by != "" {
			fixed, way = fmt.Sprintf("%s is set by %s", s.name, by), unfix(s.name, by)
		}
	}
	detail := "nothing to change"
	if len(change.list) > 0 {
		detail = "to change: " + change.names()
	}
	if change.restart {
		detail += fmt.Sprintf("; %s restarts, about %.0f s", label, n.restartSeconds())
	}
	switch {
	case fixed != "":
		c.Add("options", label, false, way, "%s, which wins over every file", fixed)
	case len(change.list) > 0 && n.DropIns == "":
		c.Add("options", label, false, "put a line !includedir into "+orElse(n.MainFile, "/etc/mysql/my.cnf"), "%s, but no file of options includes a folder for more", detail)
	default:
		c.Add("options", label, true, "", "%s", detail)
	}
	if n.Later != "" && len(change.list) > 0 {
		c.Warn("options", label, "read after Belt's own file: %s; what they set wins", n.Later)
	}
}

// filters tests that everything is replicated: a copy of a part is not an exact copy.
func (c *checker) filters(f replication.Facts) {
	n := nativeOf(f)
	var set []string
	for _, name := range slices.Sorted(maps.Keys(n.Settings)) {
		if value := n.value(name); strings.HasPrefix(name, "replicate_") && value != "" {
			set = append(set, name+" = "+value)
		}
	}
	if n.Filters > 0 {
		set = append(set, fmt.Sprintf("%d replication filters", n.Filters))
	}
	if n.LogDo+n.LogIgnore != "" {
		set = append(set, "binlog_do_db or binlog_ignore_db")
	}
	if len(set) > 0 {
		c.Add("filters", f.Node.Label, false, "take them out: a replica with filters is not an exact copy", "%s", strings.Join(set, ", "))
	}
}

// engines tells of tables that no transaction protects.
func (c *checker) engines(p replication.Facts) {
	s := nativeOf(p).survey
	if s == nil {
		return
	}
	for _, e := range s.Engines {
		switch strings.ToUpper(e.Engine) {
		case "INNODB":
		case "MYISAM", "ARIA", "ARCHIVE", "CSV", "MRG_MYISAM":
			if c.engine.flavour == mySQL {
				continue // that is about the copy, and told with it
			}
			c.Warn("engines", p.Node.Label, "%s of engine %s (%s), such as %s: locked while the end of the copy is made, and not safe in a crash",
				count(int(e.Tables), "table"), e.Engine, replica.Size(e.Bytes), e.Example)
		case "MEMORY":
			c.Warn("engines", p.Node.Label, "%s of engine MEMORY, such as %s: empty on a replica that has just started", count(int(e.Tables), "table"), e.Example)
		default:
			c.Add("engines", p.Node.Label, false, "move them to InnoDB, or skip this check and copy them yourself",
				"%s of engine %s, such as %s: the copy does not have their data", count(int(e.Tables), "table"), e.Engine, e.Example)
		}
	}
}

func orElse(s, instead string) string {
	if s != "" {
		return s
	}
	return instead
}
