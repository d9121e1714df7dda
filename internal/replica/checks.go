package replica

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// maxSkew is how far two clocks may be apart, in seconds, before lag times and certificates would mislead.
const maxSkew = 5.0

// Identity tells two servers apart by what runs there, not by their names: servers made from one image have the same
// machine id, host keys and lineage of data, but no two processes are one.
func (c *Checker) Identity(p, t Instance) bool {
	if p.Facts.Node.Same(t.Facts.Node) || p.Facts.Instance != "" && p.Facts.Instance == t.Facts.Instance {
		c.Add("identity", t.Label(), false, "check the addresses in belt.yaml", "it is the primary itself: both lead to %s on %s", p.DataDir, p.Facts.Host.Hostname)
		return false
	}
	c.Add("identity", t.Label(), true, "", "%s, not %s", describe(t.Facts), describe(p.Facts))
	return true
}

func describe(f replication.Facts) string {
	if f.Identity == "" { // it does not run, and its files do not tell
		return f.Host.Hostname
	}
	return fmt.Sprintf("%s with system %s", f.Host.Hostname, f.Identity)
}

// Free tests that the target is free: no replica of something else, and nobody's primary. fed are those that it feeds.
func (c *Checker) Free(p, t Instance, fed []string) {
	f, label := t.Facts, t.Label()
	target := c.Req.Topology.Target
	u := t.Notes.Unfinished
	switch {
	case u != nil && u.Command != c.Req.Command:
		c.Add("role", label, false, fmt.Sprintf("finish it with the same command, or clear it with belt db replicate disable %s --replica %s", target, f.Node.Server),
			"%q did not finish there", u.Command)
	case c.Req.Command == commandResync:
	case u == nil && Healthy(c.Req.Topology, f):
		c.Add("role", label, true, "", "follows %s", p.Label())
	case f.Replica && f.Follows == "" && f.Identity != "" && f.Identity == p.Facts.Identity && u == nil:
		c.Add("role", label, false, ResyncOf(f.Node), "it has %s's data and takes no writes, but follows nobody", p.Label())
	case f.Replica && !FollowsNode(f, p.Facts.Node) && u == nil:
		c.Add("role", label, false, "disable that replication first", "it is already a replica, of %s", Choose(f.Follows != "", f.Follows, "another server"))
	case f.Replica && u == nil:
		c.Add("role", label, false, ResyncOf(f.Node),
			"it is already a replica of %s, and not in good health", p.Label())
	default:
		c.Add("role", label, true, "", "takes part in no replication")
	}
	var leaves []string
	for _, r := range c.Req.Topology.Of(f.Node) {
		leaves = append(leaves, r.Facts.Node.Label)
	}
	if c.Req.Command == commandResync && len(leaves) > 0 {
		c.Add("replicas", label, true, "", "stays the source of %s", strings.Join(leaves, ", "))
		return
	}
	c.Add("replicas", label, len(fed) == 0, "disable its own replicas first", "%s",
		Choose(len(fed) == 0, "feeds no replica", "it is the primary of others: "+strings.Join(fed, ", ")))
}

// Arch tests that both servers have the same architecture.
func (c *Checker) Arch(p, t replication.Facts) {
	c.Add("arch", t.Node.Label, p.Host.Arch == t.Host.Arch, "use a server of the same architecture", "%s, the primary has %s", t.Host.Arch, p.Host.Arch)
}

// Memory tests that the replica could do the primary's work.
func (c *Checker) Memory(p, t replication.Facts) {
	have, want := t.Host.Memory, p.Host.Memory
	c.Add("memory", t.Node.Label, have*2 >= want, "use a larger server", "%s, the primary has %s", Size(have), Size(want))
}

// Clock tests that the servers' clocks agree.
func (c *Checker) Clock(p, t replication.Facts) {
	apart := t.Host.Skew - p.Host.Skew
	c.Add("clock", t.Node.Label, apart < maxSkew && apart > -maxSkew, "run a time service on both servers", "%.1f s apart from %s", apart, p.Node.Label)
}

// Port tests that the replica reaches the primary's port, or will once the primary listens there: opens.
func (c *Checker) Port(p, t replication.Facts, opens bool) {
	l := c.Req.Links[t.Node.Key()]
	where := fmt.Sprintf("%s:%d", l.Address, l.Port)
	switch {
	case l.Reachable:
		c.Add("port", t.Node.Label, true, "", "reaches %s from %s", where, l.From)
	case l.HostUp && opens:
		c.Add("port", t.Node.Label, true, "", "%s is closed now; it opens when %s listens there", where, p.Node.Label)
	default:
		c.Add("port", t.Node.Label, false, fmt.Sprintf("open port %d on %s for %s", l.Port, p.Node.Label, l.From), "cannot reach %s: %s", where, l.Detail)
	}
}

// Room is what a copy needs on the target, in bytes.
type Room struct {
	Data  int64 // of the primary
	Need  int64
	Why   string // what Need is: "twice the primary's data"
	Free  int64  // beside the target's data folder
	Used  int64  // by the target's old data
	Mount bool   // the data folder itself is a mount point
}

// Disk tests that the copy fits beside the old data, with what comes while and after it is made.
func (c *Checker) Disk(t Instance, r Room) {
	free := r.Free
	kept := fmt.Sprintf("the old %s is kept", Size(r.Used))
	hint := "free some space on " + t.Label()
	if t.Notes.NewFolder {
		free += r.Data // a copy that was begun already takes its share
	}
	if c.Req.Options.DiscardOld {
		free += r.Used
		kept = fmt.Sprintf("the old %s is deleted", Size(r.Used))
	} else if free+r.Used >= r.Need {
		hint += ", or give up its old data with --discard-old (no undo then)"
	}
	c.Add("disk", t.Label(), free >= r.Need, hint, "needs %s (%s), has %s; %s", Size(r.Need), r.Why, Size(free), kept)
	c.Layout(t, r.Mount)
}

// Layout tests that another data folder can lie beside the one in use.
func (c *Checker) Layout(t Instance, mount bool) {
	if !mount {
		c.Add("layout", t.Label(), true, "", "%s", t.DataDir)
		return
	}
	// A mount point cannot be renamed: the swap would fail, with --discard-old after the old data is gone.
	c.Refuse("layout", t.Label(), "mount the volume one folder higher, so that old and new data can lie side by side",
		"the data folder %s is itself a mount point", t.DataDir)
}
