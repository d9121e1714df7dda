package mysql

import (
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// spare is what a copy needs beside its data: the log of the changes that are made meanwhile.
const spare = 512 << 20

// disk tests that the copy fits beside the old data, with what comes while and after it is made.
func (c *checker) disk(p, t replication.Facts) {
	pn, ts := nativeOf(p), nativeOf(t).survey
	if pn.survey == nil || ts == nil {
		return
	}
	if c.engine.flavour == mySQL && c.Req.Options.DiscardOld {
		c.Refuse("disk", t.Node.Label, "free some space on "+t.Node.Label,
			"MySQL fetches the copy with its own running server, so that its old data cannot be given up first")
		return
	}
	data := pn.dataBytes()
	c.Disk(instanceOf(t), replica.Room{
		Data: data, Need: data + data/2 + spare, Why: "one and a half times the primary's data, and 537 MB", Free: ts.FreeBytes, Used: ts.UsedBytes, Mount: ts.Mount,
	})
}

// logs tests that the primary has room for the binary logs of the time that the copy takes.
func (c *checker) logs(p replication.Facts) {
	n := nativeOf(p)
	if n.survey == nil {
		return
	}
	need := int64(3*estimate(c.Req).Seconds*n.survey.LogPerSec) + 64<<20
	c.Add("log-disk", p.Node.Label, n.survey.LogFree >= need, "free some space, or choose a calmer hour",
		"writes %s/s of log; the copy may need %s of binary logs, and %s are free", replica.Size(int64(n.survey.LogPerSec)), replica.Size(need), replica.Size(n.survey.LogFree))
}
