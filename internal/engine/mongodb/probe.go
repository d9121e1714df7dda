package mongodb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Probe connects from the replica's server to the primary's port, and the other way round: members of a set call each
// other.
func (e *Engine) Probe(ctx context.Context, primary, target replication.Facts, over string) replication.Link {
	pn, tn := nativeOf(primary), nativeOf(target)
	host, port := primary.Node.Address(target.Node, over), pn.Port
	if pn.Hello.Me != "" { // members are called by the names that the set has for them
		host, port = splitHost(pn.Hello.Me)
	}
	link := replication.Link{Address: host, Port: port, From: target.Node.Address(primary.Node, over)}
	if target.Err != nil || !target.Installed {
		link.Detail = "the replica's server could not be asked"
		return link
	}
	begun := time.Now()
	link.Reachable, link.HostUp, link.Detail = knock(ctx, target.Node.Runner, hostPort(host, port))
	link.RTT = time.Since(begun)
	link.BackAddress = hostPort(link.From, tn.Port)
	link.Back, link.BackUp, link.BackDetail = knock(ctx, primary.Node.Runner, link.BackAddress)
	return link
}

// knockPatience is how long a port may take to answer.
const knockPatience = 10 * time.Second

// knock connects from a server to an address. up is whether the host answers although nothing listens there.
func knock(ctx context.Context, r remote.Runner, address string) (open, up bool, detail string) {
	ctx, cancel := context.WithTimeoutCause(ctx, knockPatience, fmt.Errorf("no answer within %s", knockPatience))
	defer cancel()
	conn, err := remote.Dial(ctx, r, remote.Tunnel{Address: address, ReadOnly: true})
	if err == nil {
		conn.Close()
		return true, true, ""
	}
	detail = strings.TrimPrefix(err.Error(), r.Server()+": connect to "+address+": ")
	return false, strings.Contains(strings.ToLower(detail), "refused"), detail
}

// CheckClient tests that an application's server reaches every member by the name that the set has for it: drivers go to
// those names, whatever their URL says. One that does not listen there yet counts, if its host answers.
func (e *Engine) CheckClient(ctx context.Context, client replication.Node, members []replication.Facts, over string) replication.Reach {
	reach := replication.Reach{Label: client.Label}
	// The way to the server itself may take its time; and one that cannot be reached is told of elsewhere.
	if _, err := client.Runner.Run(ctx, remote.Command{Title: "log in", Script: ":", ReadOnly: true}); err != nil {
		return reach
	}
	for _, f := range members {
		n := nativeOf(f)
		if f.Err != nil || !f.Installed {
			continue
		}
		address := n.Hello.Me
		if address == "" {
			address = hostPort(f.Node.Address(client, over), n.Port)
		}
		open, up, detail := knock(ctx, client.Runner, address)
		reach.Addresses = append(reach.Addresses, address)
		if !open && !up {
			reach.Problems = append(reach.Problems, fmt.Sprintf("%s: %s", address, detail))
		}
	}
	return reach
}
