package redis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

type check = plan.Check

// bytesPerSecond is what a copy moves on an ordinary server, from memory to memory.
const bytesPerSecond = 120e6

// aroundSeconds is what a replica takes beyond the copy itself.
const aroundSeconds = 4

// estimate is what the copies cost: they are made side by side, from one fork of the primary.
func estimate(req replication.Request) plan.Estimate {
	if req.Topology.Primary == nil || len(req.Targets) == 0 {
		return plan.Estimate{}
	}
	n := nativeOf(*req.Topology.Primary)
	e := plan.Estimate{
		Bytes: n.bytes() * int64(len(req.Targets)), Seconds: aroundSeconds + float64(n.bytes())*float64(len(req.Targets))/bytesPerSecond,
	}
	if primaryChanges(req).restart && req.Topology.Top == nil {
		e.PrimaryUnavailableSeconds = n.restartSeconds()
		e.Seconds += e.PrimaryUnavailableSeconds
	}
	return e
}

// restartSeconds is what a restart costs: all data is written to disk, and read again.
func (n *native) restartSeconds() float64 {
	return float64(int(2 + 2*float64(n.bytes())/bytesPerSecond))
}

// buffers is what the primary keeps of its changes for a replica while that gets its copy.
type buffers struct {
	need  int64 // what may be written meanwhile, with a reserve
	limit int64 // the output buffer of a replica; at most half of the memory that is free
	held  bool
}

const (
	leastBuffer  = 256 << 20 // Redis' own default
	leastBacklog = 64 << 20
	mostBacklog  = 1 << 30
)

func buffersFor(req replication.Request) buffers {
	n := nativeOf(*req.Topology.Primary)
	b := buffers{limit: leastBuffer, held: true}
	if n.survey == nil {
		return b
	}
	seconds := aroundSeconds + float64(n.bytes())*float64(max(1, len(req.Targets)))/bytesPerSecond
	b.need = int64(3 * seconds * n.survey.PerSecond)
	b.limit = min(max(leastBuffer, b.need, n.bytes()/4), max(leastBuffer, n.survey.Available/2))
	b.held = b.need <= b.limit
	return b
}

// round brings a size to steps of 64 MB, so that a plan does not differ from the next one by a few writes.
func round(bytes int64) int64 {
	const step = 64 << 20
	return (bytes + step - 1) / step * step
}

// syncSettings are the primary's settings for the time of the copy, those that are better now.
func syncSettings(req replication.Request) []settingChange {
	n := nativeOf(*req.Topology.Primary)
	b := buffersFor(req)
	var out []settingChange
	add := func(name, to string) {
		from, known := n.Settings[name]
		if known && from != to {
			out = append(out, settingChange{name, from, to})
		}
	}
	if from := replicaLimit(n.Settings["client-output-buffer-limit"]); from[0] != 0 && from[0] < b.limit || from[1] != 0 {
		hard := max(from[0], round(b.limit))
		if from[0] == 0 {
			hard = 0
		}
		out = append(out, settingChange{"client-output-buffer-limit", fmt.Sprintf("replica %d %d %d", from[0], from[1], from[2]), fmt.Sprintf("replica %d 0 0", hard)})
	}
	if backlog := min(max(leastBacklog, round(b.need)), mostBacklog); n.setting("repl-backlog-size") < backlog {
		add("repl-backlog-size", fmt.Sprint(backlog))
	}
	add("repl-diskless-sync", "yes")
	switch {
	case n.can(waitsForReplicas):
		// All replicas get the data of one fork: it is made when as many have come, and no moment later.
		add("repl-diskless-sync-max-replicas", fmt.Sprint(len(req.Targets)))
	case len(req.Targets) == 1:
		add("repl-diskless-sync-delay", "0")
	}
	return out
}

// replicaLimit reads the part for replicas of client-output-buffer-limit: hard, soft, seconds.
func replicaLimit(setting string) [3]int64 {
	fields := strings.Fields(setting)
	var out [3]int64
	for i := 0; i+3 < len(fields); i += 4 {
		if fields[i] == "slave" || fields[i] == "replica" {
			for j := range out {
				out[j], _ = strconv.ParseInt(fields[i+1+j], 10, 64)
			}
		}
	}
	return out
}
