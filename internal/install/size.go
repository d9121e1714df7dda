package install

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/replication"
	"github.com/dustin/go-humanize"
)

// enough is the part of the primary's size from which on a server is not clearly smaller.
const enough = 0.75

// room is what the data may need beside itself while it is copied: the changes of that time.
const room = 1.2

// Smaller says in which way a server is clearly smaller than the primary; empty for in none. disk is the size of the
// primary's file system, 0 when it is not known.
func (m Machine) Smaller(primary replication.Host, disk int64, needs replication.Needs) string {
	var less []string
	if float64(m.Host.Memory) < enough*float64(primary.Memory) {
		less = append(less, fmt.Sprintf("%s of memory, the primary has %s", bytes(m.Host.Memory), bytes(primary.Memory)))
	}
	if float64(m.Host.Cores) < enough*float64(primary.Cores) {
		less = append(less, fmt.Sprintf("%d cores, the primary has %d", m.Host.Cores, primary.Cores))
	}
	switch needed := int64(room * float64(needs.Bytes)); {
	case m.Free < needed:
		less = append(less, fmt.Sprintf("%s free on the disk, the primary's data needs %s", bytes(m.Free), bytes(needed)))
	case float64(m.Disk) < enough*float64(disk):
		less = append(less, fmt.Sprintf("a disk of %s, the primary's is %s", bytes(m.Disk), bytes(disk)))
	}
	return strings.Join(less, "; ")
}

// Describe is the size in a few words.
func (m Machine) Describe() string {
	return fmt.Sprintf("%s of memory, %d cores, %s of disk (%s free)", bytes(m.Host.Memory), m.Host.Cores, bytes(m.Disk), bytes(m.Free))
}

func bytes(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// Scale fits what the primary has tuned to the memory of another server.
func Scale(tuned []replication.Tuned, primary, target replication.Host, write func(int64) string) []replication.Tuned {
	out := make([]replication.Tuned, len(tuned))
	factor := 1.0
	if primary.Memory > 0 && target.Memory > 0 {
		factor = float64(target.Memory) / float64(primary.Memory)
	}
	for i, t := range tuned {
		out[i] = t
		// Machines of one size differ by a few megabytes.
		if t.Bytes <= 0 || write == nil || factor > 0.95 && factor < 1.05 {
			continue
		}
		const mb = 1 << 20
		scaled := int64(float64(t.Bytes) * factor)
		if scaled > mb {
			scaled -= scaled % mb
		}
		out[i].Bytes, out[i].Value = scaled, write(scaled)
	}
	return out
}
