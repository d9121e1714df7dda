package mongodb

import (
	"encoding/json"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// making is one replica in the making, in MongoDB's terms.
type making struct {
	replica.Making
	pn, tn *native
	conv   conversion
	host   string // by which the members and clients call the replica
	write  values // what the replica's mongod.conf has to say
	was    values // what it said before
	noted  noted
}

// noted is what a run that takes another one up has to know beside what all engines note.
type noted struct {
	OplogMB int64 `json:"oplog_mb"` // the size of the primary's oplog before; 0 where it had none
	Joined  bool  `json:"joined"`   // the replica was a member before
	// Conf is what the replica's mongod.conf said before the run, of the settings that it writes; Written whether Belt had
	// written there before.
	Conf    values `json:"conf"`
	Written bool   `json:"written"`
}

// newMaking collects what the steps need for one target.
func newMaking(req replication.Request, target replication.Facts) making {
	primary := *req.Topology.Primary
	m := making{
		Making: replica.NewMaking(req, instanceOf(primary), instanceOf(target), replicaName(target.Node)),
		pn:     nativeOf(primary), tn: nativeOf(target),
	}
	m.conv = convert(req)
	if m.Link.From == "" {
		m.Link.From = target.Node.Address(primary.Node, req.Options.Over)
	}
	m.host = hostPort(m.Link.From, m.tn.Port)
	entry, joined := listed(m.pn.Config, target)
	if joined {
		m.host = entry.Host
	}
	m.noted = noted{OplogMB: m.pn.Oplog.Max >> 20, Joined: joined}
	m.write = m.settings()
	m.noted.Conf, m.noted.Written = m.write.before(m.tn.Conf), m.tn.Written != ""
	if u := m.tn.Unfinished; u != nil && m.Adopt {
		var before noted
		if json.Unmarshal(u.Engine, &before) == nil {
			m.noted = before
		}
	}
	m.was = m.write.before(m.tn.Conf)
	for name, value := range writtenBefore(m.tn.Written) { // what an earlier run found counts
		m.was[name] = value
	}
	return m
}

// replicaName is the name of the primary's notes for a replica.
func replicaName(n replication.Node) string { return replica.Name(n, 63) }

// settings are what makes the replica a member: the set's name and key, and an address where others reach it.
func (m making) settings() values {
	v := values{setNameSetting: to(m.conv.set), keyFileSetting: nil, transitSetting: nil}
	if m.conv.keyFile != "" {
		v[keyFileSetting] = to(keyFile(m.tn))
	}
	if m.conv.transit {
		v[authSetting] = nil // what the primary does not ask for, its copy does not either
		if m.conv.keyFile != "" {
			v[transitSetting] = to("true")
		}
	}
	if host, _ := splitHost(m.host); !m.Link.Back && !listens(m.tn, host) {
		v[bindSetting] = to(bindMore(m.tn, host))
	}
	return v
}

// writtenBefore reads the note of what a replica's mongod.conf said before Belt changed it.
func writtenBefore(note string) values {
	var v values
	if json.Unmarshal([]byte(note), &v) != nil {
		return nil
	}
	return v
}

// begin notes that a run is under way.
func (m making) begin(method string) plan.Step {
	return m.Begin(replica.Begun{Method: method, Engine: m.noted, Left: m.strayMember})
}

func (m making) finish(method string) plan.Step { return m.Finish(m.begin(method)) }

// door is the way into the replica while it is made: with its settings of before, or as a member.
func (m making) door() door {
	d := doorOf(m.Target.Facts)
	if m.conv.keyFile != "" {
		d.keyFile = keyFile(m.tn)
	}
	return d
}

// primaryDoor is the way into the primary, which may have got its keyfile in this run.
func (m making) primaryDoor() door {
	d := doorOf(m.Primary.Facts)
	d.keyFile = m.conv.keyFile
	return d
}
