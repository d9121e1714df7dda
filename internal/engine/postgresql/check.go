package postgresql

import (
	"fmt"
	"slices"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// checker collects preconditions for one plan.
type checker struct {
	req  replication.Request
	list []plan.Check
}

// vital are the checks without which no plan can be made, or whose failure would cost the primary its data.
var vital = map[string]bool{"installed": true, "identity": true, "primary": true}

func (c *checker) add(name, server string, ok bool, hint, format string, args ...any) {
	check := plan.Check{Name: name, Server: server, OK: ok, Detail: fmt.Sprintf(format, args...)}
	if !ok {
		check.Hint = hint
		check.Skipped = slices.Contains(c.req.Options.SkipChecks, name) && !vital[name]
	}
	c.list = append(c.list, check)
}

// warn adds what is worth knowing and refuses nothing.
func (c *checker) warn(name, server, format string, args ...any) {
	c.list = append(c.list, plan.Check{Name: name, Server: server, Warning: true, Detail: fmt.Sprintf(format, args...)})
}

// Check tests every precondition of making the request's targets replicas of its primary. Without targets it tests what
// can be said of the primary alone.
func (e *Engine) Check(req replication.Request) []plan.Check {
	c := &checker{req: req}
	if req.Topology.Primary == nil {
		c.add("primary", "", false, "start the primary, or name a database that has one",
			"%s has no primary: no member takes writes", req.Topology.Target)
		return c.list
	}
	p := *req.Topology.Primary
	if !c.instance(p) {
		return c.list
	}
	c.primary(p)
	for _, t := range req.Targets {
		if c.instance(t) {
			c.target(p, t)
		}
	}
	return c.list
}

// instance tests that a server can be asked and runs PostgreSQL.
func (c *checker) instance(f replication.Facts) bool {
	label := f.Node.Label
	if f.Err != nil {
		c.add("reach", label, false, hintOf(f.Err), "%v", f.Err)
		c.list[len(c.list)-1].Skipped = false // nothing can be planned for a server that nobody knows
		return false
	}
	c.add("reach", label, true, "", "%s, %s", f.Host.Hostname, f.Host.OS)
	c.add("installed", label, f.Installed, "install the primary's major version of PostgreSQL there", "%s",
		choose(f.Installed, "PostgreSQL "+f.Version, f.Problem))
	if !f.Installed {
		return false
	}
	n := nativeOf(f)
	// A target that an unfinished run left stopped is taken up as it is.
	running := f.Running || n.Unfinished != nil && f.Node.Key() != c.req.Topology.Primary.Node.Key()
	c.add("running", label, running, "systemctl start "+n.Service, "%s", choose(f.Running, fmt.Sprintf("port %d, %s", n.Port, n.DataDir), f.Problem))
	c.add("systemd", label, f.Host.Systemd && n.Service != "", "name the unit in belt.yaml: service: …",
		"%s", choose(n.Service != "", n.Service, "no systemd unit runs it"))
	return running
}

// instanceAnyState tests that a server can be asked and has PostgreSQL; a replica that is to be mended may be down.
func (c *checker) instanceAnyState(f replication.Facts, running bool) bool {
	if running {
		return c.instance(f)
	}
	if f.Err == nil && f.Installed {
		c.add("reach", f.Node.Label, true, "", "%s, %s", f.Host.Hostname, f.Host.OS)
		return true
	}
	return c.instance(f)
}

// primary tests what concerns the primary alone.
func (c *checker) primary(p replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	if n.InRecovery {
		c.add("primary", label, false, "name the database whose primary it follows", "it is itself a replica, of %s", p.Follows)
	}
	change := primaryChanges(c.req)
	overridden := ""
	for _, s := range change.list {
		if n.Settings[s.name].Source == "command line" {
			overridden = s.name
		}
	}
	detail := "nothing to change"
	if len(change.list) > 0 {
		detail = "to change: " + change.names()
	}
	if change.restart {
		detail += fmt.Sprintf("; %s restarts", label)
	}
	switch {
	case overridden != "":
		c.add("settings", label, false, "take it out of the unit or of the options in pg_ctl.conf", "%s is fixed on the server's command line", overridden)
	case len(change.list) > 0 && n.Settings["allow_alter_system"].Value == "off":
		c.add("settings", label, false, "set allow_alter_system = on, or these settings yourself", "%s, but allow_alter_system is off", detail)
	default:
		c.add("settings", label, true, "", "%s", detail)
	}
	if s := n.survey; s != nil && len(s.HBAErrors) > 0 {
		c.add("hba", label, false, "mend "+n.Settings["hba_file"].Value+" first", "pg_hba.conf has errors: %s", s.HBAErrors[0])
	} else {
		c.add("hba", label, true, "", "%s", n.Settings["hba_file"].Value)
	}
	if names := n.Settings["synchronous_standby_names"].Value; names != "" {
		c.warn("synchronous", label, "synchronous_standby_names is %q: a replica whose name fits makes commits wait for it", names)
	}
}

func choose(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// hintOf is the next step that an error knows.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if asHint(err, &h) {
		return h.Hint()
	}
	return ""
}
