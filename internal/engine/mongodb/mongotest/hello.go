package mongotest

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// wire are the versions of the wire protocol by major version.
var wire = map[int]int32{4: 9, 5: 13, 6: 17, 7: 21, 8: 25}

func (r *request) hello() (bson.D, error)    { return r.greet("isWritablePrimary") }
func (r *request) isMaster() (bson.D, error) { return r.greet("ismaster") }

// greets tells whether this mongod knows the command hello by that name.
func (w *World) greets() bool { return w.version != "4.4.0" && w.version != "4.4.1" }

// greet is what a server says of itself first.
func (r *request) greet(writable string) (bson.D, error) {
	p, w := r.process, r.process.server.world
	var d bson.D
	me := p.me()
	switch {
	case p.set == "":
		d = bson.D{{Key: writable, Value: true}, p.topologyVersion()}
	case me == nil:
		d = bson.D{
			p.topologyVersion(), {Key: writable, Value: false}, {Key: "secondary", Value: false},
			{Key: "info", Value: "Does not have a valid replica set config"}, {Key: "isreplicaset", Value: true},
		}
	default:
		d = append(bson.D{p.topologyVersion()}, p.part(me, writable)...)
	}
	d = append(d, bson.D{
		{Key: "maxBsonObjectSize", Value: int32(16777216)}, {Key: "maxMessageSizeBytes", Value: int32(48000000)},
		{Key: "maxWriteBatchSize", Value: int32(100000)}, {Key: "localTime", Value: w.now()}, {Key: "connectionId", Value: r.id},
		{Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: wire[w.major()]}, {Key: "readOnly", Value: false},
	}...)
	if value(r.cmd, "helloOk") == true && w.greets() {
		d = append(d, bson.E{Key: "helloOk", Value: true})
	}
	d = append(d, r.compression()...)
	if name, ok := value(r.cmd, "saslSupportedMechs").(string); ok {
		if p.find(name) != nil {
			d = append(d, bson.E{Key: "saslSupportedMechs", Value: bson.A{"SCRAM-SHA-1", "SCRAM-SHA-256"}})
		}
	}
	return d, nil
}

// part is what a member says of its set.
func (p *process) part(me *configMember, writable string) bson.D {
	var hosts, passives bson.A
	for _, m := range p.store.config.Members {
		switch {
		case m.Hidden || m.Arbiter:
		case m.priority() > 0:
			hosts = append(hosts, m.Host)
		default:
			passives = append(passives, m.Host)
		}
	}
	var d bson.D
	if len(hosts) > 0 {
		d = append(d, bson.E{Key: "hosts", Value: hosts})
	}
	if len(passives) > 0 {
		d = append(d, bson.E{Key: "passives", Value: passives})
	}
	d = append(d, bson.D{
		{Key: "setName", Value: p.store.config.ID}, {Key: "setVersion", Value: p.store.config.Version},
		{Key: writable, Value: p.state == primary}, {Key: "secondary", Value: p.state == secondary},
	}...)
	if p.primary != "" {
		d = append(d, bson.E{Key: "primary", Value: p.primary})
	}
	if me.priority() == 0 {
		d = append(d, bson.E{Key: "passive", Value: true})
	}
	d = append(d, bson.E{Key: "me", Value: me.Host})
	if p.state == primary {
		d = append(d, bson.E{Key: "electionId", Value: election(p.store.term)})
	}
	last := bson.D{{Key: "opTime", Value: p.store.applied.doc()}, {Key: "lastWriteDate", Value: p.store.applied.date()}}
	if p.state == primary || p.state == secondary {
		major := p.majorityApplied()
		last = append(last, bson.D{{Key: "majorityOpTime", Value: major.doc()}, {Key: "majorityWriteDate", Value: major.date()}}...)
	}
	return append(d, bson.E{Key: "lastWrite", Value: last})
}

func election(term int64) bson.ObjectID {
	return bson.ObjectID{0x7f, 0xff, 0xff, 0xff, 11: byte(term)}
}

// majorityApplied is the place that a majority of the voters has reached.
func (p *process) majorityApplied() optime {
	var places []optime
	for _, m := range p.store.config.Members {
		if q := p.peer(m.Host); q != nil && m.votes() > 0 {
			places = append(places, q.store.applied)
		}
	}
	slices.SortFunc(places, func(a, b optime) int {
		switch {
		case a == b:
			return 0
		case a.before(b):
			return 1
		}
		return -1
	})
	if n := p.store.config.majority(); n <= len(places) {
		return places[n-1]
	}
	return p.store.applied
}
