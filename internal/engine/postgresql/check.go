package postgresql

import (
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// checker collects preconditions for one plan.
type checker struct{ replica.Checker }

func newChecker(req replication.Request) *checker {
	return &checker{replica.Checker{Req: req}}
}

// Check tests every precondition of making the request's targets replicas of its primary. Without targets it tests what
// can be said of the primary alone.
func (e *Engine) Check(req replication.Request) []plan.Check {
	c := newChecker(req)
	return c.All(c.runs, c.primary, c.target)
}

// runs tests that a server can be asked and runs PostgreSQL.
func (c *checker) runs(f replication.Facts) bool { return c.Runs(instanceOf(f), where(f)) }

// exists tests that a server can be asked and has PostgreSQL.
func (c *checker) exists(f replication.Facts) bool { return c.Exists(instanceOf(f), where(f)) }

func where(f replication.Facts) string {
	n := nativeOf(f)
	return fmt.Sprintf("port %d, %s", n.Port, n.DataDir)
}

// primary tests what concerns the primary alone.
func (c *checker) primary(p replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	if c.Req.Topology.Top != nil {
		c.Chain(p)
	} else if n.InRecovery {
		c.Add("primary", label, false, "name the database whose primary it follows", "it is itself a replica, of %s", p.Follows)
	}
	c.settings(p)
	if names := n.Settings["synchronous_standby_names"].Value; names != "" {
		c.Warn("synchronous", label, "synchronous_standby_names is %q: a replica whose name fits makes commits wait for it", names)
	}
}

// settings tests that what has to change in the primary's settings can be changed.
func (c *checker) settings(p replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	change := primaryChanges(c.Req)
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
		c.Add("settings", label, false, "take it out of the unit or of the options in pg_ctl.conf", "%s is fixed on the server's command line", overridden)
	case len(change.list) > 0 && n.Settings["allow_alter_system"].Value == "off":
		c.Add("settings", label, false, "set allow_alter_system = on, or these settings yourself", "%s, but allow_alter_system is off", detail)
	default:
		c.Add("settings", label, true, "", "%s", detail)
	}
	if s := n.survey; s != nil && len(s.HBAErrors) > 0 {
		c.Add("hba", label, false, "mend "+n.Settings["hba_file"].Value+" first", "pg_hba.conf has errors: %s", s.HBAErrors[0])
	} else {
		c.Add("hba", label, true, "", "%s", n.Settings["hba_file"].Value)
	}
}
