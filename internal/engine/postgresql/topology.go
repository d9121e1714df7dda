package postgresql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

// caughtUp is how far behind a replica may be and still count as streaming: one WAL segment, 16 MiB. Under load the
// primary's position is always a little newer than the replica's answer.
const caughtUp = 16 << 20

// Topology tells from what the servers said who is primary and how each replica is doing. The order of members breaks
// ties only: what runs decides.
func (e *Engine) Topology(target string, members []replication.Facts) replication.Topology {
	t := replication.Topology{Target: target, Engine: "postgresql"}
	primary := findPrimary(members)
	if primary >= 0 {
		p := members[primary]
		t.Primary = &p
	}
	t.Problems = groupProblems(members, primary)
	used := map[string]bool{}
	for i, f := range members {
		if i == primary {
			continue
		}
		if primary < 0 || replicates(members[primary], f) {
			t.Replicas = append(t.Replicas, judge(t.Target, t.Primary, f))
			used[replicaName(f.Node)] = true
			continue
		}
		t.Standalone = append(t.Standalone, f)
	}
	if t.Primary != nil {
		t.Leftovers = leftovers(t, used)
		t.Begun = begun(*t.Primary, members)
	}
	return t
}

// findPrimary returns the index of the server that takes writes, or that the others follow; -1 when none can be told.
func findPrimary(members []replication.Facts) int {
	best, score := -1, 0
	for i, f := range members {
		n := nativeOf(f)
		points := 0
		switch {
		case f.Err != nil || f.Replica:
			continue
		case !f.Running:
			points = 1
		default:
			points = 2
		}
		// Replicas that stream from it, or follow its address, say more than any file.
		points += 10 * len(n.Senders)
		for j, g := range members {
			if i != j && g.Replica && followsNode(g, f.Node) {
				points += 10
			}
		}
		if len(n.Slots) > 0 {
			points += 5
		}
		if points > score {
			best, score = i, points
		}
	}
	if best >= 0 {
		return best
	}
	// Nobody answers as a primary: the one that the replicas follow is it, even when it cannot be reached.
	for i, f := range members {
		for j, g := range members {
			if i != j && f.Err != nil && g.Replica && followsNode(g, f.Node) {
				return i
			}
		}
	}
	if len(members) > 0 && members[0].Err != nil {
		return 0
	}
	return -1
}

// followsNode tells whether a standby's upstream is one of the node's addresses.
func followsNode(standby replication.Facts, n replication.Node) bool {
	host := standby.Follows
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	return host != "" && (host == n.Internal || host == n.External)
}

// replicates tells whether the member is, or was made to be, a replica of the primary: it follows something, or the
// primary holds a role or a slot for it. A server that was only named in the inventory is neither.
func replicates(primary, member replication.Facts) bool {
	if member.Replica {
		return true
	}
	n, name := nativeOf(primary), replicaName(member.Node)
	_, slotted := n.slot(name)
	return slotted || n.hasRole(name)
}

func groupProblems(members []replication.Facts, primary int) []string {
	var out []string
	if primary < 0 {
		return append(out, "no member takes writes: every server is a replica")
	}
	p := members[primary]
	switch {
	case p.Err != nil:
		out = append(out, fmt.Sprintf("%s: the primary cannot be asked: %v", p.Node.Label, p.Err))
	case !p.Running:
		out = append(out, fmt.Sprintf("%s: the primary is down: %s", p.Node.Label, p.Problem))
	}
	return out
}

// leftovers are what an unfinished run left on the primary: things named for a replica that is none.
func leftovers(t replication.Topology, used map[string]bool) []replication.Leftover {
	n := nativeOf(*t.Primary)
	var out []replication.Leftover
	for _, u := range n.Begun {
		_, server, _ := strings.Cut(u.Replica, "/")
		out = append(out, replication.Leftover{
			Server: server, What: fmt.Sprintf("%q for %s, begun and not finished", u.Command, u.Replica),
			Fix: fmt.Sprintf("run the same command again, or belt db replicate disable %s --replica %s", t.Target, server),
		})
	}
	add := func(name, what string) {
		if used[name] || !strings.HasPrefix(name, "belt_") {
			return
		}
		fix := "belt db replicate disable " + t.Target
		if server := owner(n, t, name); server != "" {
			fix += " --replica " + server
		}
		out = append(out, replication.Leftover{Server: t.Primary.Node.Label, What: what, Fix: fix})
	}
	for _, s := range n.Slots {
		what := fmt.Sprintf("replication slot %s that no replica uses", s.Name)
		if s.Retained > 0 {
			what += fmt.Sprintf(", holding %s of WAL", size(s.Retained))
		}
		add(s.Name, what)
	}
	for _, r := range n.Roles {
		add(r.Name, fmt.Sprintf("role %s that no replica uses", r.Name))
	}
	seen := map[string]bool{}
	for _, h := range n.HBA {
		if !seen[h.Name] {
			add(h.Name, fmt.Sprintf("lines in pg_hba.conf for %s, which is no replica", h.Name))
		}
		seen[h.Name] = true
	}
	return out
}

// begun are the servers that the primary's notes and the comments of its roles name, and that are no members.
func begun(primary replication.Facts, members []replication.Facts) []string {
	var keys []string
	add := func(key string) {
		member := slices.ContainsFunc(members, func(f replication.Facts) bool { return f.Node.Key() == key })
		if key != "" && !member && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	n := nativeOf(primary)
	for _, u := range n.Begun {
		add(u.Replica)
	}
	for _, r := range n.Roles {
		key, _ := strings.CutPrefix(r.Note, "belt: replica ")
		add(key)
	}
	return keys
}

// owner is the server that a name of Belt's was made for, as the role's comment tells; empty when it tells nothing.
func owner(n *native, t replication.Topology, name string) string {
	for _, f := range t.Standalone {
		if replicaName(f.Node) == name {
			return f.Node.Server
		}
	}
	for _, r := range n.Roles {
		if key, ok := strings.CutPrefix(r.Note, "belt: replica "); ok && r.Name == name {
			_, server, _ := strings.Cut(key, "/")
			return server
		}
	}
	return ""
}
