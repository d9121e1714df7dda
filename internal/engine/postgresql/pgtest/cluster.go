package pgtest

import (
	"fmt"
	"maps"
	"slices"
)

// cluster is what a data folder is of: it moves with the folder and ends with it.
type cluster struct {
	system   string // the system identifier
	timeline int
	lsn      uint64
	own      []string // the servers that wrote to it as its primary, oldest first: two clusters diverge where these do
	since    []uint64 // the position at which each of them began
	catalog  catalog
	slots    map[string]*slot
	limits   map[string]int // what a standby must not have lower, as the primary that wrote it had them
	clean    bool           // shut down cleanly
	kept     uint64         // where the oldest WAL begins
	copied   bool           // made by copying another one, and no primary since
}

// catalog is what a base backup and the stream of changes bring along.
type catalog struct {
	roles  map[string]*role
	marks  []string // stand for the rows of the tables
	spaces map[string]string
}

type role struct {
	verifier, comment string
	grants            []string // what pg_rewind needs
}

type slot struct {
	lost    bool
	restart uint64
}

func newCluster(system string) *cluster {
	return &cluster{
		system: system, timeline: 1, lsn: 0x3000148, kept: 1 << 24, clean: true, slots: map[string]*slot{}, limits: map[string]int{},
		catalog: catalog{roles: map[string]*role{}, spaces: map[string]string{}},
	}
}

// clone is a physical copy. Slots are not part of a base backup.
func (c *cluster) clone() *cluster {
	x := *c
	x.catalog = c.catalog.clone()
	x.slots = map[string]*slot{}
	x.limits = maps.Clone(c.limits)
	x.own, x.since = slices.Clone(c.own), slices.Clone(c.since)
	return &x
}

func (c catalog) clone() catalog {
	out := catalog{roles: map[string]*role{}, marks: slices.Clone(c.marks), spaces: maps.Clone(c.spaces)}
	for name, r := range c.roles {
		x := *r
		x.grants = slices.Clone(r.grants)
		out.roles[name] = &x
	}
	return out
}

// follows tells whether a standby of c could go on with what p has: p's history has to go through c's.
func (c *cluster) follows(p *cluster) bool {
	if next := len(c.own); next < len(p.own) && c.lsn > p.since[next] {
		return false
	}
	return c.system == p.system && c.timeline <= p.timeline && len(c.own) <= len(p.own) && slices.Equal(c.own, p.own[:len(c.own)])
}

func position(l uint64) string { return fmt.Sprintf("%X/%X", l>>32, uint32(l)) }
