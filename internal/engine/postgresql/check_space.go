package postgresql

import (
	"fmt"
	"strconv"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// disk tests that the copy fits beside the old data, with as much again for what comes while and after it is made.
func (c *checker) disk(p, t replication.Facts) {
	ps, ts := nativeOf(p).survey, nativeOf(t).survey
	if ps == nil || ts == nil {
		return
	}
	c.Disk(instanceOf(t), replica.Room{
		Data: ps.DataBytes, Need: 2 * ps.DataBytes, Why: "twice the primary's data", Free: ts.FreeBytes, Used: ts.UsedBytes, Mount: ts.Mount,
	})
}

// leastWAL is what a slot has to hold even where nothing is written: the copy begins with a checkpoint and a new segment,
// and a cap of less than a few segments then gives the new slot up at once (seen on PostgreSQL 18 with a cap of 1 MB).
const leastWAL = 64 << 20

// wal tests that the primary keeps the WAL of the time that the copy takes.
func (c *checker) wal(p, t replication.Facts) {
	ps := nativeOf(p).survey
	if ps == nil {
		return
	}
	seconds := estimate(c.Req).Seconds
	need := max(leastWAL, int64(3*seconds*ps.WALPerSec))
	limit := walCap(c.Req)
	own := nativeOf(p).Settings["max_slot_wal_keep_size"].Value
	if own != "-1" && own != "" && c.Req.Options.KeepWAL == 0 {
		if mb, err := strconv.ParseInt(own, 10, 64); err == nil {
			limit = mb << 20
		}
	}
	c.Add("wal", p.Node.Label, limit >= need, fmt.Sprintf("choose a calmer hour, or --keep-wal %dGB", need/1e9+1),
		"writes %s/s of WAL; keeps up to %s for a replica, and the copy may need %s", replica.Size(int64(ps.WALPerSec)), replica.Size(limit), replica.Size(need))
	c.Add("wal-disk", p.Node.Label, ps.WALFree >= limit, "free some space, or a smaller --keep-wal",
		"up to %s of WAL may be kept for a replica that is away; %s are free", replica.Size(limit), replica.Size(ps.WALFree))
}
