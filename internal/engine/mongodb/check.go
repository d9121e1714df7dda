package mongodb

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// checker collects preconditions for one plan.
type checker struct{ replica.Checker }

func newChecker(req replication.Request) *checker { return &checker{replica.Checker{Req: req}} }

// Check tests every precondition of making the request's targets secondaries of its primary. Without targets it tests what
// can be said of the primary alone.
func (e *Engine) Check(req replication.Request) []plan.Check {
	c := newChecker(req)
	return c.All(c.runs, c.primary, c.target)
}

func (c *checker) runs(f replication.Facts) bool { return c.Runs(instanceOf(f), where(f)) }

func (c *checker) exists(f replication.Facts) bool { return c.Exists(instanceOf(f), where(f)) }

func where(f replication.Facts) string {
	n := nativeOf(f)
	return fmt.Sprintf("port %d, %s", n.Port, n.DataDir)
}

// primary tests what concerns the primary alone.
func (c *checker) primary(p replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	if n.inSet() && !p.Writable {
		c.Add("primary", label, false, "name the database whose primary it follows", "it is itself a secondary, of %s", p.Follows)
	}
	c.supported(p)
	c.conf(p)
	c.sharded(p)
	c.tls(p)
	conv := convert(c.Req)
	detail := "a replica set of its own: " + conv.set
	switch {
	case n.inSet():
		detail = fmt.Sprintf("set %s with %s", conv.set, members(len(n.Config.members())))
	case conv.restarts():
		detail = fmt.Sprintf("becomes set %s, as %s; %s restarts once", conv.set, conv.host, label)
	}
	if left := n.Left; left != nil && conv.initiate && !left.alone(conv.set, conv.host) {
		c.Add("set", label, false, "drop what is left of that set: use local; db.dropDatabase()",
			"its database local is still that of a set %s, which mongod would go by", left.name())
	} else {
		c.Add("set", label, true, "", "%s", detail)
	}
	if n.FCV != "" && n.FCV != series(p.Version) {
		c.Warn("fcv", label, "MongoDB %s with the feature compatibility version %s: the upgrade was not completed", p.Version, n.FCV)
	}
	c.arbiters(p)
	c.authorization(p, conv)
	if host, _ := splitHost(conv.host); local(host) {
		c.Add("hosts", label, false, "give the member a name that others reach, by rs.reconfig with another host, or set internal: in belt.yaml",
			"the set calls it %s: every other server would look for it on itself", conv.host)
	} else {
		c.Add("hosts", label, true, "", "members and clients call it %s", conv.host)
	}
	o := sizeOplog(p)
	c.Add("oplog", label, o.enough(), "choose a calmer hour, or free some disk space for a larger oplog",
		"%s%s", o.describe(), replica.Choose(o.enough(), "", fmt.Sprintf("; the copy may take %.0f h", o.copies/3600)))
}

func members(n int) string { return replica.Count(n, "member") }

// local tells whether a name leads every server to itself.
func local(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1" || host == "0.0.0.0"
}

// oldest and newest are the versions that this engine knows: initialSyncStatus has its estimates since 4.4.
const oldest, newest = "4.4", "8"

func (c *checker) supported(f replication.Facts) {
	var major, minor int
	_, err := fmt.Sscanf(f.Version, "%d.%d", &major, &minor)
	ok := err == nil && (major > 4 && major <= 8 || major == 4 && minor >= 4)
	c.Add("version", f.Node.Label, ok, "upgrade it first", "MongoDB %s%s", f.Version, replica.Choose(ok, "", ": "+oldest+" to "+newest+" are supported"))
}

func (c *checker) conf(f replication.Facts) {
	n, label := nativeOf(f), f.Node.Label
	switch {
	case n.ConfFile == "":
		c.Add("conf", label, false, "start mongod with --config", "mongod was started without a configuration file")
	case n.BadConf != "":
		c.Add("conf", label, false, "write it as YAML", "%s cannot be read as YAML: %s", n.ConfFile, n.BadConf)
	case n.option("storage.journal.enabled") == "false":
		c.Add("conf", label, false, "take storage.journal.enabled out of "+n.ConfFile, "it has no journal, without which mongod does not start for a set")
	default:
		c.Add("conf", label, true, "", "%s", n.ConfFile)
	}
}

func (c *checker) sharded(f replication.Facts) {
	n := nativeOf(f)
	role := n.option("sharding.clusterRole")
	sharded := role != "" || n.survey != nil && n.survey.Sharded
	c.Add("sharding", f.Node.Label, !sharded, "add members to each shard with the cluster's own tools", "%s",
		replica.Choose(sharded, "it is a part of a sharded cluster"+replica.Choose(role != "", " ("+role+")", ""), "no part of a sharded cluster"))
}

// tls tests that Belt and the other members get in without TLS, or both sides speak it.
func (c *checker) tls(f replication.Facts) {
	mode := tlsMode(f)
	c.Add("tls", f.Node.Label, mode != "requireTLS" && mode != "requireSSL", "set net.tls.mode: preferTLS; Belt's own connection is inside SSH",
		"%s", replica.Choose(mode == "", "no TLS", mode))
}

func tlsMode(f replication.Facts) string {
	n := nativeOf(f)
	mode := n.option("net.tls.mode")
	if mode == "" {
		mode = n.option("net.ssl.mode")
	}
	if mode == "disabled" {
		return ""
	}
	return mode
}

func (c *checker) arbiters(p replication.Facts) {
	var found []string
	for _, m := range nativeOf(p).Config.members() {
		if m.Arbiter {
			found = append(found, m.Host)
		}
	}
	if len(found) > 0 {
		c.Warn("arbiters", p.Node.Label, "the set has arbiters: %s. They vote and have no data: a lost member may stop writes of majorities", strings.Join(found, ", "))
	}
}

// authorization tells how clients and members get in, and refuses to open a server that asks nobody to log in.
func (c *checker) authorization(p replication.Facts, conv conversion) {
	n, label := nativeOf(p), p.Node.Label
	how := "clients log in"
	if conv.transit {
		how = "nobody has to log in"
	}
	switch {
	case strings.HasSuffix(strings.ToLower(n.option("security.clusterAuthMode")), "x509"): // sendX509 too
		c.Add("authorization", label, false, "add the member by hand, with a certificate of its own", "members log in with certificates (x509)")
	case conv.makeKey && conv.transit:
		how += "; members get a keyfile, with transitionToAuth"
		c.Add("authorization", label, true, "", "%s", how)
	case conv.makeKey:
		c.Add("authorization", label, true, "", "%s; members get a keyfile", how)
	default:
		c.Add("authorization", label, true, "", "%s; members use %s", how, replica.Choose(conv.keyFile != "", conv.keyFile, "no keyfile, as the set has none"))
	}
	if conv.opens && conv.transit {
		host, _ := splitHost(conv.host)
		c.Add("exposure", label, false, fmt.Sprintf("create accounts and turn authorization on; or close port %d with a firewall to all but your servers, and go on with --skip-check exposure", n.Port),
			"it asks nobody to log in, listens to itself only, and would have to listen on %s", host)
	}
}
