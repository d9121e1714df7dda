package replica

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// Checker collects the preconditions of one plan.
type Checker struct {
	Req  replication.Request
	List []plan.Check
}

// vital tells whether a check is one without which no plan can be made, or whose failure would cost the primary its data:
// it cannot be skipped.
func vital(name string) bool { return name == "installed" || name == "identity" || name == "primary" }

// Add adds a precondition. The hint is the next step for when it does not hold.
func (c *Checker) Add(name, server string, ok bool, hint, format string, args ...any) {
	check := plan.Check{Name: name, Server: server, OK: ok, Detail: fmt.Sprintf(format, args...), Vital: vital(name)}
	if !ok {
		check.Hint = hint
		check.Skipped = slices.Contains(c.Req.Options.SkipChecks, name) && !vital(name)
	}
	c.List = append(c.List, check)
}

// Refuse adds a precondition that does not hold and that cannot be skipped: nothing can be planned without it.
func (c *Checker) Refuse(name, server, hint, format string, args ...any) {
	c.Add(name, server, false, hint, format, args...)
	last := &c.List[len(c.List)-1]
	last.Skipped, last.Vital = false, true
}

// Warn adds what is worth knowing and refuses nothing.
func (c *Checker) Warn(name, server, format string, args ...any) {
	c.List = append(c.List, plan.Check{Name: name, Server: server, Warning: true, Detail: fmt.Sprintf(format, args...)})
}

// All tests the primary and then every target, those of them that run: without targets, what can be said of the primary alone.
func (c *Checker) All(runs func(replication.Facts) bool, primary func(replication.Facts), target func(primary, target replication.Facts)) []plan.Check {
	if !c.primary() {
		return c.List
	}
	p := *c.Req.Topology.Primary
	if !runs(p) {
		return c.List
	}
	primary(p)
	for _, t := range c.Req.Targets {
		if runs(t) {
			target(p, t)
		}
	}
	return c.List
}

// primary adds that there is no primary, if there is none.
func (c *Checker) primary() bool {
	if c.Req.Topology.Primary == nil {
		c.Add("primary", "", false, "start the primary, or name a database that has one",
			"%s has no primary: no member takes writes", c.Req.Topology.Target)
		return false
	}
	return true
}

// Answers adds whether a server can be asked.
func (c *Checker) Answers(f replication.Facts) {
	c.Add("reach", f.Node.Label, f.Err == nil, HintOf(f.Err), "%s", Choose(f.Err == nil, "answers", fmt.Sprint(f.Err)))
}

// Runs adds whether a server can be asked and runs the engine, and tells whether it does. where says where the instance
// lives: "port 5432, /var/lib/…".
func (c *Checker) Runs(i Instance, where string) bool {
	f := i.Facts
	label := f.Node.Label
	if !c.reach(f) {
		return false
	}
	c.Add("installed", label, f.Installed, fmt.Sprintf("install the primary's version of %s there", i.Product), "%s",
		Choose(f.Installed, i.Product+" "+f.Version, f.Problem))
	if !f.Installed {
		return false
	}
	// A target that an unfinished run left stopped is taken up as it is.
	running := f.Running || i.Notes.Unfinished != nil && f.Node.Key() != c.Req.Topology.Primary.Node.Key()
	if running {
		c.Add("running", label, true, "", "%s", Choose(f.Running, where, f.Problem))
	} else { // what cannot be asked cannot be checked, not even whether it is the primary itself
		c.Refuse("running", label, "systemctl start "+i.Unit, "%s", f.Problem)
	}
	c.Add("systemd", label, f.Host.Systemd && i.Unit != "", "name the unit in belt.yaml: service: …",
		"%s", Choose(i.Unit != "", i.Unit, "no systemd unit runs it"))
	return running
}

func (c *Checker) reach(f replication.Facts) bool {
	if f.Err != nil {
		c.Refuse("reach", f.Node.Label, HintOf(f.Err), "%v", f.Err)
		return false
	}
	c.Add("reach", f.Node.Label, true, "", "%s, %s", f.Host.Hostname, f.Host.OS)
	return true
}

// Exists is Runs for a replica that is to be mended: it may be down.
func (c *Checker) Exists(i Instance, where string) bool {
	if i.Facts.Err == nil && i.Facts.Installed {
		return c.reach(i.Facts)
	}
	return c.Runs(i, where)
}

// Parting tests whether the servers can be asked between which replication ends, and tells whether the primary can. What each of
// the others holds can be left for later: onPrimary and onTop say it, "its slot and role", and empty where there is nothing.
func (c *Checker) Parting(onPrimary, onTop string) (primary bool) {
	asked := func(f *replication.Facts, what string) bool {
		ok := f.Err == nil && f.Running
		c.Add("reach", f.Node.Label, ok, "bring it up, or leave "+what+" for later with --skip-check reach",
			"%s", Choose(ok, "answers", Choose(f.Err != nil, fmt.Sprint(f.Err), f.Problem)))
		return ok
	}
	if p := c.Req.Topology.Primary; p != nil {
		primary = asked(p, onPrimary)
	}
	if top := c.Req.Topology.Top; top != nil && onTop != "" {
		asked(top, onTop)
	}
	for _, t := range c.Req.Targets {
		c.Add("reach", t.Node.Label, t.Err == nil, "bring it up, or clear only the primary's side with --skip-check reach",
			"%s", Choose(t.Err == nil, "answers", fmt.Sprint(t.Err)))
	}
	return primary
}

// HintOf is the next step that an error knows.
func HintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
