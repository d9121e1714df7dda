package redis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// caughtUp is how many bytes a replica may be behind and still count as streaming. Under load the primary's position is
// always a little newer than the replica's answer.
const caughtUp = 8 << 20

// longestName is how long a user of a replica may be called: Redis has no limit, and people read it.
const longestName = 63

// replicaName is the name of the user by which a replica logs in to its primary.
func replicaName(n replication.Node) string { return replica.Name(n, longestName) }

// Topology tells from what the servers said who is primary and how each replica is doing. The order of members breaks
// ties only: what runs decides.
func (e *Engine) Topology(target string, members []replication.Facts) replication.Topology {
	t := replication.Topology{Target: target, Engine: e.flavour}
	primary := replica.FindPrimary(members, func(f replication.Facts) int {
		n := nativeOf(f)
		points := 10 * len(n.Replicas)
		if slices.ContainsFunc(n.users(), beltUser) {
			points += 5
		}
		return points
	})
	if primary >= 0 {
		p := members[primary]
		t.Primary = &p
	}
	t.Problems = replica.GroupProblems(members, primary)
	used := map[string]bool{}
	for i, f := range members {
		source := replica.SourceOf(members, t.Primary, f)
		switch {
		case i == primary:
		case source == nil || replicates(*source, f):
			t.Replicas = append(t.Replicas, replica.Sourced(judge(t.Target, source, f), source))
			used[replicaName(f.Node)] = true
		default:
			t.Standalone = append(t.Standalone, f)
		}
	}
	replica.Weaken(&t)
	if t.Primary != nil {
		n := nativeOf(*t.Primary)
		t.Leftovers = append(append(replica.BegunLeftovers(target, n.notes), strayUsers(t, used)...), chainLeftovers(t, used)...)
		t.Begun = replica.Strangers(members, replica.BegunBy(members, func(f replication.Facts) replica.Notes { return nativeOf(f).notes }))
	}
	t.Leftovers = append(t.Leftovers, replica.PromotionLeftovers(t, func(f replication.Facts) replica.Notes { return nativeOf(f).notes })...)
	return t
}

func beltUser(name string) bool { return strings.HasPrefix(name, "belt_") }

// replicates tells whether the member is, or was made to be, a replica of the primary: it follows something, or the
// primary has a user for it.
func replicates(primary, member replication.Facts) bool {
	return member.Replica || nativeOf(primary).hasUser(replicaName(member.Node))
}

// strayUsers are users on the primary whose replica is none.
func strayUsers(t replication.Topology, used map[string]bool) []replication.Leftover {
	n := nativeOf(*t.Primary)
	var out []replication.Leftover
	seen := map[string]bool{}
	for _, u := range n.users() {
		if !beltUser(u) || used[u] || seen[u] {
			continue
		}
		seen[u] = true
		fix := "belt db replicate disable " + t.Target
		for _, f := range t.Standalone {
			if replicaName(f.Node) == u {
				fix += " --replica " + f.Node.Server
			}
		}
		out = append(out, replication.Leftover{Server: t.Primary.Node.Label, What: fmt.Sprintf("user %s that no replica uses", u), Fix: fix})
	}
	return out
}
