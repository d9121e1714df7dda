package mysql

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// whyDump says why a CLONE cannot copy from one MySQL to another, so that a dump has to; empty where it can.
func whyDump(primary, target replication.Facts) string {
	p, t := nativeOf(primary), nativeOf(target)
	sameBefore := version{8, 0, 37} // MySQL's manual, "Remote Cloning Prerequisites"
	switch {
	case p.flavour != mySQL || !primary.Running:
		return ""
	case !p.has(cloneFolder) || !t.has(cloneFolder):
		return "CLONE is there from MySQL 8.0.17"
	case p.version.series() != t.version.series():
		return "CLONE wants the same series, and " + target.Node.Label + " has another"
	case p.version != t.version && (p.version.before(sameBefore) || t.version.before(sameBefore)):
		return "CLONE wants the same version before 8.0.37"
	case !p.CloneLibrary:
		return primary.Node.Label + " has no mysql_clone.so"
	case !t.CloneLibrary:
		return target.Node.Label + " has no mysql_clone.so"
	}
	if want, have := p.value("innodb_page_size"), t.value("innodb_page_size"); target.Running && want != have {
		return fmt.Sprintf("CLONE wants the same innodb_page_size, and %s has %s, not %s", target.Node.Label, have, want)
	}
	if e, there := p.withoutTransactions(); there {
		return fmt.Sprintf("CLONE leaves tables of engine %s empty, such as %s", e.Engine, e.Example)
	}
	return ""
}

// withoutTransactions names the largest of the engines with data that CLONE would leave out and a dump reads under a lock.
func (n *native) withoutTransactions() (engineUse, bool) {
	var most engineUse
	if n.survey == nil {
		return most, false
	}
	for _, e := range n.survey.Engines {
		if plainEngine(e.Engine) && e.Bytes > most.Bytes {
			most = e
		}
	}
	return most, most.Bytes > 0
}

// plainEngine tells whether an engine knows no transactions, and has its data in files of its own.
func plainEngine(name string) bool {
	switch strings.ToUpper(name) {
	case "MYISAM", "ARIA", "ARCHIVE", "CSV", "MRG_MYISAM":
		return true
	}
	return false
}

// feedsVersion tells whether a primary of one version of MySQL may have a replica of another: of the same series or a newer
// one of the same line, or of the next line. MySQL's lines are 8.0, 8.4 with what came before it, and 9.
func feedsVersion(p, t version) bool {
	line := func(v version) int {
		switch {
		case v.before(version{8, 1, 0}):
			return 0
		case v.before(version{9, 0, 0}):
			return 1
		}
		return v[0] - 7
	}
	ahead := line(t) - line(p)
	return ahead == 1 || ahead == 0 && cmp.Or(cmp.Compare(t[0], p[0]), cmp.Compare(t[1], p[1])) >= 0
}

// mysqlVersion tests that the target may follow the primary, and tells when the copy is a slow one.
func (c *checker) mysqlVersion(p, t replication.Facts) {
	pv, tv := nativeOf(p).version, nativeOf(t).version
	ok := feedsVersion(pv, tv)
	if ok && pv.series() == tv.series() && tv.before(pv) {
		c.Warn("version", t.Node.Label, "%s is older than the primary's %s: what is new there may not replicate", tv, pv)
	}
	c.Add("version", t.Node.Label, ok, fmt.Sprintf("install MySQL %s on %s", pv.series(), t.Node.Label),
		"%s, the primary has %s%s", t.Version, p.Version, replica.Choose(ok, "", ": a replica is of the same series, or of the next one"))
}

// packets tests that CLONE may send its messages, as its documentation has it ("Remote Cloning Prerequisites").
func (c *checker) packets(p, t replication.Facts) {
	const least = 2 << 20
	for _, f := range []replication.Facts{p, t} {
		have, err := strconv.ParseInt(nativeOf(f).value("max_allowed_packet"), 10, 64)
		if c.engine.flavour == mySQL && err == nil && have < least {
			c.Add("copy", f.Node.Label, false, fmt.Sprintf("SET GLOBAL max_allowed_packet = %d", 64<<20), "max_allowed_packet is %d, and CLONE needs %d", have, least)
		}
	}
}

// dump tells that the copy is a slow one, and what that needs.
func (c *checker) dump(p, t replication.Facts) {
	why := whyDump(p, t)
	if why == "" {
		c.packets(p, t)
		return
	}
	n := nativeOf(p)
	if !n.Dumper {
		c.Add("tools", p.Node.Label, false, "install the client package", "no mysqldump, and %s", why)
	}
	c.Warn("copy", t.Node.Label, "a dump, since %s: slower, at about %s/s", why, replica.Size(dumpRate))
	if n.survey != nil && n.survey.Floats.Columns > 0 { // as mysqldump of 9.7.4 does; CLONE copies bytes
		f := n.survey.Floats
		c.Add("copy", p.Node.Label, false, "make them DOUBLE, or skip this check and have a replica that verify finds different",
			"%s of type FLOAT, such as %s: a dump writes six digits of them, which is not all", count(int(f.Columns), "column"), f.Example)
	}
	if e, there := n.withoutTransactions(); there {
		c.Warn("engines", p.Node.Label, "%s of engine %s, such as %s: a dump of them is consistent only while nobody writes, so that writes on %s wait for it; after ALTER TABLE … ENGINE=InnoDB they would not have to",
			count(int(e.Tables), "table"), e.Engine, e.Example, p.Node.Label)
	}
}
