package mongodb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// caughtUp is how many seconds a secondary may be behind and still count as streaming: times in the oplog are whole
// seconds, and a member says how far it is with each heartbeat, every two seconds.
const caughtUp = 10

// Topology tells from what the servers said who is primary and how each replica is doing.
func (e *Engine) Topology(target string, members []replication.Facts) replication.Topology {
	t := replication.Topology{Target: target, Engine: "mongodb"}
	members = slices.Clone(members)
	primary := replica.FindPrimary(members, feeds)
	if primary >= 0 {
		p := members[primary]
		t.Primary = &p
		for i := range members {
			members[i].Follows = known(members[i].Follows, p)
		}
	}
	t.Problems = replica.GroupProblems(members, primary)
	for i, f := range members {
		switch {
		case i == primary:
		case primary < 0 || replicates(members[primary], f):
			t.Replicas = append(t.Replicas, judge(target, t.Primary, f))
		default:
			t.Standalone = append(t.Standalone, f)
		}
	}
	if t.Primary != nil {
		n := nativeOf(*t.Primary)
		t.Leftovers = append(replica.BegunLeftovers(target, n.Notes), strangers(members, *t.Primary)...)
		t.Begun = replica.Strangers(members, replica.BegunBy(members, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes }))
		if n.Absent {
			t.Problems = append(t.Problems, fmt.Sprintf("%s: was started for the replica set %s, and that is not initiated: it takes no writes", t.Primary.Node.Label, n.setName()))
		}
	}
	t.Leftovers = append(t.Leftovers, replica.PromotionLeftovers(t, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes })...)
	return t
}

// strangers are members of the set that hold data for applications and that no server of the group is: an enable that was ended
// before it wrote belt.yaml leaves one, and so does whoever adds one by hand. Where a server does not tell by which name the
// set has it, nothing is said.
func strangers(members []replication.Facts, primary replication.Facts) []replication.Leftover {
	c, ours := nativeOf(primary).Config, map[string]bool{}
	for _, f := range members {
		m, there := listed(c, f)
		if !there && !f.Running {
			return nil
		}
		ours[m.Host] = true
	}
	var out []replication.Leftover
	for _, m := range c.members() {
		if !m.Arbiter && !m.Hidden && !ours[m.Host] {
			out = append(out, replication.Leftover{
				Server: primary.Node.Label, What: "member " + m.Host + " of its set, which belt.yaml does not name",
				Fix: "add its server to the servers of this database in belt.yaml",
			})
		}
	}
	return out
}

// known puts the primary's address in the inventory in the place of the name that the set has for it.
func known(follows string, primary replication.Facts) string {
	if follows == "" || follows != nativeOf(primary).Hello.Me {
		return follows
	}
	return hostPort(primary.Node.Internal, nativeOf(primary).Port)
}

// feeds is how much a server shows of having replicas: it is the primary of a set with other members.
func feeds(f replication.Facts) int {
	n := nativeOf(f)
	if !f.Writable || !n.inSet() {
		return 0
	}
	return 5 + 10*(len(n.Config.members())-1)
}

// replicates tells whether the member is, or was made to be, a replica of the primary.
func replicates(primary, member replication.Facts) bool {
	if member.Replica {
		return true
	}
	_, listed := listed(nativeOf(primary).Config, member)
	return listed
}

// listed is the server's entry in a set's configuration.
func listed(c *setConfig, f replication.Facts) (member, bool) {
	n := nativeOf(f)
	if n.Hello.Me != "" {
		if m, ok := c.find(n.Hello.Me); ok {
			return m, true
		}
	}
	port := n.Port
	if port == 0 {
		port = f.Node.Settings.Port
	}
	if port == 0 {
		port = defaultPort
	}
	for _, m := range c.members() {
		host, at := splitHost(m.Host)
		if at == port && host != "" && (host == f.Node.Internal || host == f.Node.External || strings.EqualFold(host, f.Host.Hostname)) {
			return m, true
		}
	}
	return member{}, false
}

// judge says how one replica is doing, and what would mend it.
func judge(target string, primary *replication.Facts, f replication.Facts) replication.Replica {
	n := nativeOf(f)
	strange := f.Running && n.Absent && n.Unfinished == nil // not initiated, or taken out: neither a replica nor a server of its own
	r, decided := replica.JudgeServer(target, f, n.Notes, n.Alive)
	if decided && !strange {
		return r
	}
	resync := replica.ResyncOf(f.Node)
	bad := func(s replication.State, fix, format string, args ...any) replication.Replica {
		r.State, r.Problem, r.Fix = s, fmt.Sprintf(format, args...), fix
		return r
	}
	if primary == nil || primary.Err != nil || !primary.Running {
		return bad(replication.Broken, "", "its primary cannot be asked")
	}
	pn := nativeOf(*primary)
	entry, isMember := listed(pn.Config, f)
	switch {
	case !isMember:
		return bad(replication.Broken, resync, "is no member of the set %s", pn.setName())
	case n.Absent:
		return bad(replication.Broken, resync, "runs, and knows nothing of its set: can %s reach it, with the same keyfile?", primary.Node.Label)
	case n.Config.id() != "" && pn.Config.id() != "" && n.Config.id() != pn.Config.id():
		return bad(replication.Diverged, resync, "it belongs to another set of the same name")
	}
	self := n.Status.self()
	switch {
	case n.Status.State == stateStartup2 || n.Status.State == 0:
		r.State = replication.Seeding
		return r
	case n.Status.State == stateRollback:
		return bad(replication.Diverged, "", "it takes back changes that the primary does not have")
	case n.Status.State == stateRecovering && !pn.Oplog.reaches(n.applied()):
		return bad(replication.Broken, resync, "is RECOVERING%s: the primary's oplog does not reach back to where it stands", because(self))
	case n.Status.State != stateSecondary && n.Status.State != stateRecovering:
		return bad(replication.Broken, resync, "is %s", stateOf(self))
	}
	behind(&r, *primary)
	if seen := pn.Status.member(entry.Host); seen != nil && seen.Health == 0 && !seen.Self {
		noLag(&r)
		return bad(replication.Broken, "", "%s does not reach it at %s: %s", primary.Node.Label, entry.Host, seen.Message)
	}
	// RECOVERING is every member for a moment, after its start or a rollback.
	if n.Status.State == stateRecovering || r.LagSeconds != nil && *r.LagSeconds > caughtUp {
		r.State = replication.CatchingUp
		return r
	}
	r.State = replication.Streaming
	return r
}

func because(m *memberStatus) string {
	if m == nil || m.Info == "" {
		return ""
	}
	return " (" + m.Info + ")"
}

func stateOf(m *memberStatus) string {
	if m == nil {
		return "in an unknown state"
	}
	return m.StateIs
}

// behind computes the lag from positions. The oplog tells times, not bytes: those are the share of the oplog that the
// seconds behind are of all that it holds.
func behind(r *replication.Replica, p replication.Facts) {
	there, here := nativeOf(p).applied(), nativeOf(r.Facts).applied()
	if there.zero() || here.zero() {
		return
	}
	bytes, seconds := int64(0), 0.0
	if !here.reached(there) {
		seconds = float64(there.TS.T) - float64(here.TS.T)
		o := nativeOf(p).Oplog
		if o.Max == 0 || o.window() <= 0 {
			r.LagSeconds = &seconds
			return
		}
		bytes = int64(float64(o.Max) * min(1, seconds/float64(o.window())))
	}
	r.LagBytes, r.LagSeconds = &bytes, &seconds
}

func noLag(r *replication.Replica) { r.LagBytes, r.LagSeconds = nil, nil }
