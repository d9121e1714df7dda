package postgresql

import (
	"fmt"

	"github.com/dbbelt/belt/pkg/replication"
)

// disk tests that the copy fits beside the old data, with as much again for what comes while and after it is made.
func (c *checker) disk(p, t replication.Facts) {
	ps, ts := nativeOf(p).survey, nativeOf(t).survey
	if ps == nil || ts == nil {
		return
	}
	need := 2 * ps.DataBytes
	free := ts.FreeBytes
	kept := fmt.Sprintf("the old %s is kept", size(ts.UsedBytes))
	hint := "free some space on " + t.Node.Label
	if nativeOf(t).NewFolder {
		// A copy that was begun already takes its share.
		free += ps.DataBytes
	}
	if c.req.Options.DiscardOld {
		free += ts.UsedBytes
		kept = fmt.Sprintf("the old %s is deleted", size(ts.UsedBytes))
	} else if free+ts.UsedBytes >= need {
		hint += ", or give up its old data with --discard-old (no undo then)"
	}
	c.add("disk", t.Node.Label, free >= need, hint, "needs %s (twice the primary's data), has %s; %s", size(need), size(free), kept)
	mount := ts.Mount && !c.req.Options.DiscardOld
	if ts.Mount {
		c.add("layout", t.Node.Label, false, "mount the volume one folder higher, so that old and new data can lie side by side",
			"the data folder %s is itself a mount point", nativeOf(t).DataDir)
	} else {
		c.add("layout", t.Node.Label, !mount, "", "%s", nativeOf(t).DataDir)
	}
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
	seconds := estimate(c.req).Seconds
	need := max(leastWAL, int64(3*seconds*ps.WALPerSec))
	limit := walCap(c.req)
	own := nativeOf(p).Settings["max_slot_wal_keep_size"].Value
	if own != "-1" && own != "" && c.req.Options.KeepWAL == 0 {
		var mb int64
		fmt.Sscan(own, &mb)
		limit = mb << 20
	}
	c.add("wal", p.Node.Label, limit >= need, fmt.Sprintf("choose a calmer hour, or --keep-wal %dGB", need/1e9+1),
		"writes %s/s of WAL; keeps up to %s for a replica, and the copy may need %s", size(int64(ps.WALPerSec)), size(limit), size(need))
	c.add("wal-disk", p.Node.Label, ps.WALFree >= limit, "free some space, or a smaller --keep-wal",
		"up to %s of WAL may be kept for a replica that is away; %s are free", size(limit), size(ps.WALFree))
}

// memory tests that the replica could do the primary's work.
func (c *checker) memory(p, t replication.Facts) {
	have, want := t.Host.Memory, p.Host.Memory
	c.add("memory", t.Node.Label, have*2 >= want, "use a larger server", "%s, the primary has %s", size(have), size(want))
}
