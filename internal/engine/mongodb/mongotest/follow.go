package mongotest

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// syncing is an initial sync under way.
type syncing struct {
	total, copied int64 // bytes
	asked         int   // how often somebody asked how far it is
	attempts      int
}

// log appends to the oplog, which forgets its oldest entries, and applies the entry.
func (p *process) log(e entry) error {
	if err := p.store.apply(e); err != nil {
		return err
	}
	p.store.oplog = append(p.store.oplog, e)
	p.store.applied = e.at
	return nil
}

// follow lets a secondary take what its primary has, and begins its initial sync.
func (p *process) follow() {
	if p.store.config == nil || p.me() == nil || p.state == primary || p.primary == "" {
		return
	}
	source := p.peer(p.primary)
	if source == nil || source == p {
		return
	}
	p.store.term = max(p.store.term, source.store.term)
	if p.state == startup2 && p.sync == nil {
		p.sync = &syncing{total: source.store.size()}
	}
	if p.state != secondary && p.state != recovery || p.server.stuck {
		return
	}
	theirs := source.store.oplog
	at := len(theirs) - 1 // it is near the end as a rule
	for at >= 0 && theirs[at].at != p.store.applied {
		at--
	}
	switch {
	case at >= 0 && p.server.linger > 0:
		p.state, p.problem = recovery, "syncing from: "+p.primary
	case at >= 0:
		p.state, p.problem = secondary, ""
		for _, e := range theirs[at+1:] {
			if err := p.log(e); err != nil {
				p.server.world.t.Errorf("%s cannot apply %+v: %v", p.server.key(), e.at, err)
				return
			}
		}
	case len(theirs) > 0 && p.store.applied.ts.Before(theirs[0].at.ts):
		p.state, p.problem = recovery, "Could not find member to sync from"
	default:
		p.rollBack(source)
	}
}

// rollBack gives up what the member has and the primary has not.
func (p *process) rollBack(source *process) {
	common := -1
	for i := len(p.store.oplog) - 1; i >= 0 && common < 0; i-- {
		if slices.ContainsFunc(source.store.oplog, func(e entry) bool { return e.at == p.store.oplog[i].at }) {
			common = i
		}
	}
	if common < 0 {
		p.server.failed = "UnrecoverableRollbackError: no common point between the oplogs"
		p.server.kill()
		return
	}
	config := p.store.config
	*p.store = *source.store.clone()
	p.store.config = config
}

// advance moves an initial sync on: after some looks it copies half of the data each time somebody asks, then it is done.
func (p *process) advance() {
	if p.state == recovery && p.server.linger > 0 {
		p.server.linger--
		p.server.world.settle()
	}
	if p.state != startup2 || p.sync == nil || p.primary == "" {
		return
	}
	source := p.peer(p.primary)
	if source == nil || p.server.stuck {
		return
	}
	if why := p.server.broken["sync"]; why != "" {
		p.sync.attempts++
		p.sync.copied = 0
		if p.sync.attempts >= 10 { // numInitialSyncAttempts
			p.server.failed = fmt.Sprintf("Initial sync failed, shutting down now: %s", why)
			p.server.kill()
		}
		return
	}
	if p.sync.asked++; p.sync.asked < p.server.world.Looks {
		return
	}
	if p.sync.copied < p.sync.total {
		p.sync.copied = min(p.sync.total, p.sync.copied+p.sync.total/2+1)
		return
	}
	config, fcv := p.store.config, p.store.fcv
	oplogMB := p.store.oplogMB
	*p.store = *source.store.clone()
	p.store.config, p.store.fcv, p.store.oplogMB, p.store.synced = config, fcv, oplogMB, true
	p.store.oplog = p.store.oplog[len(p.store.oplog)-1:]
	for _, d := range p.store.databases {
		for _, c := range d.collections {
			c.off = 0
		}
	}
	p.state, p.sync = secondary, nil
	p.server.world.settle()
}

// size is that of all documents, in bytes.
func (s *store) size() (n int64) {
	for _, d := range s.databases {
		for _, c := range d.collections {
			n += c.size()
		}
	}
	return n
}

func (c *collection) size() (n int64) {
	for _, d := range c.docs {
		n += int64(len(d))
	}
	return n
}

// raw makes a document of keys and values.
func raw(pairs ...any) bson.Raw {
	var d bson.D
	for i := 0; i+1 < len(pairs); i += 2 {
		d = append(d, bson.E{Key: pairs[i].(string), Value: pairs[i+1]})
	}
	return marshal(d)
}

func marshal(v any) bson.Raw {
	out, err := bson.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("mongotest: %v: %v", v, err))
	}
	return out
}
