package mysql

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// longestName is MySQL's limit for the names of accounts (MariaDB's is 80).
const longestName = 32

// accountName is the name of the account that a replica's server uses on its primary.
func accountName(n replication.Node) string { return replica.Name(n, longestName) }

// Topology tells from what the servers said who is primary and how each replica is doing. The order of members breaks
// ties only: what runs decides.
func (e *Engine) Topology(target string, members []replication.Facts) replication.Topology {
	t := replication.Topology{Target: target, Engine: string(e.flavour)}
	primary := replica.FindPrimary(members, evidence)
	if primary >= 0 {
		p := members[primary]
		t.Primary = &p
	}
	t.Problems = replica.GroupProblems(members, primary)
	used := map[string]bool{}
	for i, f := range members {
		if i == primary {
			continue
		}
		source := replica.SourceOf(members, t.Primary, f)
		if source == nil || replicates(*source, f) {
			t.Replicas = append(t.Replicas, replica.Sourced(judge(t.Target, source, f), source))
			used[accountName(f.Node)] = true
			continue
		}
		t.Standalone = append(t.Standalone, f)
	}
	replica.Weaken(&t)
	if t.Primary != nil {
		t.Leftovers = append(leftovers(t, used), chainLeftovers(t)...)
		t.Begun = replica.Strangers(members, replica.BegunBy(members, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes }))
	}
	t.Leftovers = append(t.Leftovers, replica.PromotionLeftovers(t, func(f replication.Facts) replica.Notes { return nativeOf(f).Notes })...)
	return t
}

// evidence is how much a server shows of feeding replicas. One that was given up has all that it had for them, and is still
// no primary.
func evidence(f replication.Facts) int {
	n := nativeOf(f)
	switch {
	case n.fenced() && f.Running:
		return -1
	case n.fenced():
		return 0
	}
	points := 10 * len(n.Dumps)
	if len(n.Accounts) > 0 {
		points += 5
	}
	return points
}

// replicates tells whether the member is, or was made to be, a replica of the primary: it follows something, or the
// primary holds an account for it and Belt noted on it that it does. A server that was only named in the inventory is
// neither.
func replicates(primary, member replication.Facts) bool {
	return member.Replica || nativeOf(primary).hasAccount(accountName(member.Node))
}

// leftovers are what an unfinished run left on the primary: things named for a replica that is none.
func leftovers(t replication.Topology, used map[string]bool) []replication.Leftover {
	n := nativeOf(*t.Primary)
	out := replica.BegunLeftovers(t.Target, n.Notes)
	seen := map[string]bool{}
	for _, a := range n.Accounts {
		if used[a.Name] || seen[a.Name] || !strings.HasPrefix(a.Name, "belt_") {
			continue
		}
		seen[a.Name] = true
		fix := "belt db replicate disable " + t.Target
		if server := owner(t, a.Name); server != "" {
			fix += " --replica " + server
		}
		out = append(out, replication.Leftover{
			Server: t.Primary.Node.Label, What: fmt.Sprintf("account %s that no replica uses", a.Name), Fix: fix,
		})
	}
	return out
}

// owner is the server that an account of Belt's was made for, as far as the members and the notes tell.
func owner(t replication.Topology, name string) string {
	for _, f := range t.Standalone {
		if accountName(f.Node) == name {
			return f.Node.Server
		}
	}
	for _, u := range nativeOf(*t.Primary).Begun {
		app, server, _ := strings.Cut(u.Replica, "/")
		node := t.Primary.Node
		node.App, node.Server = app, server
		if accountName(node) == name {
			return server
		}
	}
	return ""
}
