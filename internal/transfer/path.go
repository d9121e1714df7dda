package transfer

import (
	"fmt"

	"github.com/dbbelt/belt/internal/transfer/task"
)

// Way is how two servers reach each other.
type Way string

// The ways, best first.
const (
	ToPush  Way = "push"   // the sender's server calls the receiver's
	ToPull  Way = "pull"   // the receiver's server calls the sender's
	Within  Way = "within" // both ends are on one server
	Relayed Way = "relay"  // neither reaches the other: the bytes go through Belt's own connections
)

// DefaultPorts are those that a listening end takes one of, for the time of the stream.
var DefaultPorts = task.Ports{First: 24440, Count: 8}

// Path is a way between two servers, from the sender to the receiver. The zero value is no path.
type Path struct {
	Way     Way
	Address string     // where the listening end is reached by the other; empty when relayed
	Ports   task.Ports // zero for DefaultPorts
	// Rate is what one connection carried when the path was probed, in bytes per second; 0 when it was not measured.
	Rate int64
	// Detail says why no better way was taken, in words: "db1 gets no answer from 10.0.0.22, port 24440". Empty for none.
	Detail string
}

func (p Path) ports() task.Ports {
	if p.Ports.Count == 0 {
		return DefaultPorts
	}
	return p.Ports
}

// Describe says in words how the bytes go, for a plan: "straight from db1 to db2 (10.0.0.22, ports 24440 to 24447)".
func (p Path) Describe(from, to string) string {
	ports := fmt.Sprintf("%s, ports %d to %d", p.Address, p.ports().First, p.ports().First+p.ports().Count-1)
	switch p.Way {
	case Within:
		return "on " + to + " itself"
	case ToPush:
		return fmt.Sprintf("straight from %s to %s (%s)", from, to, ports)
	case ToPull:
		return fmt.Sprintf("straight to %s from %s (%s)", to, from, ports)
	case Relayed:
		return fmt.Sprintf("from %s through this machine to %s: every byte crosses this machine's network twice, and the copy waits while belt is not running", from, to)
	}
	return "no way known"
}
