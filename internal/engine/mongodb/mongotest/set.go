package mongotest

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// settle lets happen what happens by itself between the members of sets: configurations spread, primaries are elected and
// step down, secondaries take what is new.
func (w *World) settle() {
	before := w.parts()
	for range 4 * (len(w.servers) + 1) {
		was := w.parts()
		for _, p := range w.members() {
			w.spread(p)
		}
		for _, p := range w.members() {
			p.place()
		}
		for _, p := range w.members() {
			w.elect(p)
		}
		for _, p := range w.members() {
			p.follow()
		}
		if slices.Equal(was, w.parts()) {
			break
		}
	}
	if !slices.Equal(before, w.parts()) {
		for _, p := range w.members() {
			p.counter++
		}
		close(w.changed)
		w.changed = make(chan struct{})
	}
}

type part struct {
	id      string
	state   int
	version int32
	applied optime
	primary string
}

// parts is what settling can change.
func (w *World) parts() []part {
	var out []part
	for _, s := range w.servers {
		if p := s.run; p != nil {
			x := part{id: p.id.Hex(), state: p.state, applied: p.store.applied, primary: p.primary}
			if c := p.store.config; c != nil {
				x.version = c.Version
			}
			out = append(out, x)
		}
	}
	return out
}

// members are the processes that were started for a set.
func (w *World) members() []*process {
	var out []*process
	for _, s := range w.servers {
		if s.run != nil && s.run.set != "" {
			out = append(out, s.run)
		}
	}
	return out
}

// peer is the member at a host of the configuration, where the two can talk.
func (p *process) peer(host string) *process {
	q := p.server.world.at(p.server, host)
	if q == nil || q.set != p.set || !p.trusts(q) {
		return nil
	}
	return q
}

// trusts tells whether one member lets the other in, and the other way round: with the same keyfile, or where neither
// asks for one.
func (p *process) trusts(q *process) bool {
	if p == q || p.key == q.key {
		return true
	}
	return p.lenient() && q.lenient()
}

func (p *process) lenient() bool {
	return p.key == "" && p.option("security.authorization") != "enabled" || p.option("security.transitionToAuth") == "true"
}

// me is the member of its configuration that leads to the process itself; nil for none.
func (p *process) me() *configMember {
	if p.store.config == nil {
		return nil
	}
	for i, m := range p.store.config.Members {
		if p.server.world.at(p.server, m.Host) == p {
			return &p.store.config.Members[i]
		}
	}
	return nil
}

// spread hands the newest configuration to every member that a heartbeat reaches, and takes one from there.
func (w *World) spread(p *process) {
	c := p.store.config
	if c == nil {
		return
	}
	for _, m := range c.Members {
		q := p.peer(m.Host)
		if q == nil || q == p {
			continue
		}
		switch other := q.store.config; {
		case other == nil || other.Setting.ReplicaSetID == c.Setting.ReplicaSetID && other.older(c):
			if other == nil && q.store.synced && len(q.store.databases) > 0 { // somebody else's data: it is wiped by the initial sync
				q.store.synced = false
			}
			n := c.clone()
			q.store.config = &n
		case other.Setting.ReplicaSetID == c.Setting.ReplicaSetID && c.older(other):
			n := other.clone()
			p.store.config = &n
			c = p.store.config
		}
	}
}

// place is the state that a member has by itself.
func (p *process) place() {
	switch me := p.me(); {
	case p.store.config == nil:
		p.state = startup
	case me == nil:
		p.state, p.primary = removed, ""
	case p.state == startup || p.state == removed:
		p.state = secondary
		if !p.store.synced {
			p.state = startup2
		}
	}
	if p.state != primary {
		p.primary = p.seenPrimary()
	}
}

// seenPrimary is the host of the primary that the member hears of.
func (p *process) seenPrimary() string {
	if p.store.config == nil || p.me() == nil {
		return ""
	}
	for _, m := range p.store.config.Members {
		if q := p.peer(m.Host); q != nil && q.state == primary {
			return m.Host
		}
	}
	return ""
}

// elect makes a member step down that has no majority, and step up that can.
func (w *World) elect(p *process) {
	c, me := p.store.config, p.me()
	if c == nil || me == nil {
		if p.state == primary {
			p.state = removed
		}
		return
	}
	votes := 0
	for _, m := range c.Members {
		q := p.peer(m.Host)
		if q == nil || q.store.config == nil || q.me() == nil {
			continue
		}
		votes += int(m.votes())
		if q != p && q.state == primary && p.state == primary && p.store.term < q.store.term {
			p.state = secondary
		}
	}
	switch {
	case votes < c.majority():
		if p.state == primary {
			p.state = secondary
			p.primary = ""
		}
	case p.state == secondary && p.seenPrimary() == "" && w.candidate(c, p) == p:
		p.stepUp()
	}
}

// candidate is the member that an election makes the primary: of those with a priority the one that is furthest, then the
// one that was not told to step down, then the one of the highest priority.
func (w *World) candidate(c *config, by *process) *process {
	var best *process
	better := func(q, than *process) bool {
		switch {
		case q.stepped != than.stepped:
			return than.stepped
		case q.store.applied != than.store.applied:
			return than.store.applied.before(q.store.applied)
		}
		return q.me().priority() > than.me().priority()
	}
	for _, m := range c.Members {
		q := by.peer(m.Host)
		if q == nil || q.state != secondary || m.priority() == 0 || q.me() == nil {
			continue
		}
		if best == nil || better(q, best) {
			best = q
		}
	}
	return best
}

// stepUp makes the member the primary of a new term.
func (p *process) stepUp() {
	c := p.store.config
	for _, m := range c.Members {
		if q := p.peer(m.Host); q != nil {
			q.stepped = false
			p.store.term = max(p.store.term, q.store.term)
		}
	}
	p.store.term++
	p.state, p.primary, p.stepped = primary, p.me().Host, false
	p.store.torn = false // it took what its oplog had
	n := c.clone()
	n.Term = p.store.term
	p.store.config = &n
	p.elected = p.server.world.next(p.store.term)
	err := p.record(entry{op: "n", o: raw("msg", "new primary")})
	if err == nil && p.store.find("admin", "system.keys") == nil {
		err = p.makeKeys()
	}
	if err != nil {
		p.server.world.t.Errorf("%s: stepping up: %v", p.server.key(), err)
	}
}

// makeKeys makes those with which the members of a set sign its time.
func (p *process) makeKeys() error {
	for id := range int64(2) {
		doc := marshal(bson.D{
			{Key: "_id", Value: 7710832151754702853 + id}, {Key: "purpose", Value: "HMAC"}, {Key: "key", Value: bson.Binary{Data: make([]byte, 20)}},
			{Key: "expiresAt", Value: bson.Timestamp{T: 1803094013}},
		})
		if err := p.insertInto("admin", "system.keys", doc); err != nil {
			return err
		}
	}
	return nil
}
