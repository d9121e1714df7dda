package replica

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
)

const commandPromote = "db promote"

// again is the command that finishes an unfinished run.
func (u Unfinished) again(target string) string {
	if u.Command != commandPromote {
		return ""
	}
	server := u.Replica
	if app, name, _ := strings.Cut(u.Replica, "/"); strings.HasPrefix(target, app+"/") {
		server = name
	}
	return fmt.Sprintf("belt %s %s --replica %s%s", u.Command, target, server, Choose(u.Method == methodLost, " --primary-lost", ""))
}

// PromotionLeftovers tell of a change of the primary that did not come to its end, though all may look well. notes are those of
// a server.
func PromotionLeftovers(t replication.Topology, notes func(replication.Facts) Notes) []replication.Leftover {
	var members []replication.Facts
	if t.Primary != nil {
		members = append(members, *t.Primary)
	}
	for _, r := range t.Replicas {
		members = append(members, r.Facts)
	}
	for _, f := range members {
		if u := notes(f).Unfinished; u != nil && u.Command == commandPromote {
			return []replication.Leftover{{
				Server: f.Node.Label, What: fmt.Sprintf("%q of %s, begun and not finished", u.Command, u.Replica), Fix: u.again(t.Target),
			}}
		}
	}
	return nil
}
