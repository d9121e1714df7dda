package redis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// checker collects preconditions for one plan.
type checker struct{ replica.Checker }

func newChecker(req replication.Request) *checker { return &checker{replica.Checker{Req: req}} }

// Check tests every precondition of making the request's targets replicas of its primary. Without targets it tests what
// can be said of the primary alone.
func (e *Engine) Check(req replication.Request) []plan.Check {
	c := newChecker(req)
	return c.All(c.runs, c.primary, c.target)
}

func (c *checker) runs(f replication.Facts) bool {
	n := nativeOf(f)
	return c.Runs(instance(f), fmt.Sprintf("port %d, %s", n.Port, n.Config))
}

// primary tests what concerns the primary alone.
func (c *checker) primary(p replication.Facts) {
	n, label := nativeOf(p), p.Node.Label
	if c.Req.Topology.Top != nil {
		c.Chain(p)
	} else if p.Replica {
		c.Add("primary", label, false, "name the database whose primary it follows", "it is itself a replica, of %s", p.Follows)
	}
	c.mode(p)
	c.files(p)
	c.commands(p, "config", "acl", "client", "info", "psync", "replconf", "ping")
	c.persistence(p)
	change := primaryChanges(c.Req)
	detail := "nothing to change"
	if len(change.list) > 0 {
		detail = "to change: " + change.names()
	}
	if change.restart {
		detail += fmt.Sprintf("; %s restarts, since Redis %s reads them at its start only", label, p.Version)
	}
	if fixed := n.fixed(change); fixed != "" {
		c.Add("settings", label, false, "take it out of "+n.Unit, "%s is fixed on the server's command line", fixed)
	} else {
		c.Add("settings", label, true, "", "%s", detail)
	}
	c.exposure(p, change)
	c.least(p)
}

// emptyAtRestart is what a primary without persistence comes to.
const emptyAtRestart = "it keeps nothing on disk: when it restarts it is empty, and so is every replica a moment later"

// persistence tests that a primary comes back with its data.
func (c *checker) persistence(f replication.Facts) {
	n := nativeOf(f)
	c.Add("persistence", f.Node.Label, n.persists(), "set save or appendonly there, or accept it with --skip-check persistence",
		"%s", replica.Choose(n.persists(), persistence(n), emptyAtRestart))
}

func persistence(n *native) string {
	switch {
	case n.logsChanges() && strings.TrimSpace(n.Settings["save"]) != "":
		return "append-only file and snapshots"
	case n.logsChanges():
		return "append-only file"
	}
	return "snapshots: save " + n.Settings["save"]
}

// mode refuses what has another master of its replication.
func (c *checker) mode(f replication.Facts) {
	n, label := nativeOf(f), f.Node.Label
	sentinel := n.Sentinel
	if n.survey != nil {
		sentinel = sentinel || slices.ContainsFunc(n.survey.Clients, func(cl client) bool { return strings.HasPrefix(cl["name"], "sentinel-") })
	}
	switch {
	case n.Info["cluster_enabled"] == "1":
		c.Refuse("mode", label, "a cluster makes replicas with CLUSTER REPLICATE", "it is a node of a cluster, which makes its own replicas")
	case sentinel:
		c.Refuse("mode", label, "let Sentinel make the replica: it finds one that runs with replicaof", "Sentinel watches it, and would change what belt sets")
	default:
		c.Add("mode", label, true, "", "%s", "a server of its own: no cluster, no Sentinel")
	}
}

// files tests that Belt can make settings that outlive a restart.
func (c *checker) files(f replication.Facts) {
	n, label := nativeOf(f), f.Node.Label
	if n.Config == "" {
		c.Add("config", label, false, "start it with a configuration file", "%s starts it without a configuration file: nothing that is set would outlive a restart", n.Unit)
		return
	}
	detail := n.Config
	if more := len(n.Conf.Files()) - 1; more > 0 {
		detail += fmt.Sprintf(" and %d included: %s", more, strings.Join(n.Conf.Files()[1:], ", "))
	}
	for _, name := range []string{"replicaof", "replica-read-only", "masterauth", "masteruser", "bind", "protected-mode", "tls-port"} {
		if d, ok := n.Conf.Last(name); ok && d.File != n.Config && d.File != n.dropIn() {
			detail += fmt.Sprintf("; %s is set by %s", name, d.Place())
		}
	}
	c.Add("config", label, true, "", "%s", detail)
}

// commands tests that the commands which replication and Belt need are there.
func (c *checker) commands(f replication.Facts, needed ...string) {
	n, label := nativeOf(f), f.Node.Label
	var gone, renamed []string
	other := n.Conf.Renamed()
	for _, name := range needed {
		to, is := other[name]
		switch {
		case is && to == "", is && (name == "psync" || name == "replconf" || name == "ping"):
			gone = append(gone, strings.ToUpper(name))
		case is:
			renamed = append(renamed, strings.ToUpper(name))
		}
	}
	detail := "all there"
	if len(renamed) > 0 {
		detail += ", under other names: " + strings.Join(renamed, ", ")
	}
	if len(gone) > 0 {
		detail = "rename-command took away " + strings.Join(gone, ", ")
	}
	c.Add("commands", label, len(gone) == 0, "take the rename-command of these out of "+n.Config, "%s", detail)
}

// exposure tests that opening the primary lets nobody in who has no password.
func (c *checker) exposure(p replication.Facts, change changes) {
	n, label := nativeOf(p), p.Node.Label
	if !n.Open || len(c.Req.Targets) == 0 {
		return
	}
	opened := change.has("bind") || change.has("protected-mode")
	outside := false
	for _, t := range c.Req.Targets {
		link := c.Req.Links[t.Node.Key()]
		outside = outside || link.Address == p.Node.External && p.Node.External != p.Node.Internal
	}
	switch {
	case !opened:
	case outside:
		c.Add("password", label, false, "set requirepass there, or accept it with --skip-check password",
			"its default user has no password, and it has to listen on %s: everybody who reaches that address would be let in", p.Node.External)
	default:
		c.Warn("password", label, "its default user has no password, and it will listen on the internal network: whoever reaches that is let in")
	}
}

// least warns of settings by which a primary stops taking writes without its replicas.
func (c *checker) least(p replication.Facts) {
	n := nativeOf(p)
	if want := n.setting("min-replicas-to-write"); want > 0 {
		c.Warn("writes", p.Node.Label, "min-replicas-to-write is %d: it refuses writes while fewer replicas follow", want)
	}
}

// fixed is the first of the settings that the unit's command line decides, empty when there is none.
func (n *native) fixed(c changes) string {
	for _, s := range c.list {
		if n.commandLine(s.name) {
			return s.name
		}
	}
	return ""
}

// commandLine tells whether the unit gives the program a value for the setting, which wins over all files.
func (n *native) commandLine(name string) bool {
	return slices.Contains(strings.Fields(n.Arguments), "--"+name)
}
