package mongotest

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// status is replSetGetStatus.
func (r *request) status() (bson.D, error) {
	p, w := r.process, r.process.server.world
	if err := r.standalone("not running with --replSet"); err != nil {
		return nil, err
	}
	switch {
	case p.store.config == nil:
		return nil, refuse(94, "NotYetInitialized", "no replset config has been received")
	case p.me() == nil:
		return nil, refuse(93, "InvalidReplicaSetConfig", "Our replica set config is invalid or we are not a member of it")
	}
	source, sourceID := "", int32(-1)
	if p.state != primary && p.primary != "" {
		source, sourceID = p.primary, p.store.config.member(p.primary).ID
	}
	c := p.store.config
	major := p.majorityApplied()
	if p.state == startup2 {
		major = never
	}
	applied := p.store.applied
	optimes := bson.D{{Key: "lastCommittedOpTime", Value: major.doc()}, {Key: "lastCommittedWallTime", Value: major.date()}}
	if p.state != startup2 {
		optimes = append(optimes, bson.D{{Key: "readConcernMajorityOpTime", Value: major.doc()}, {Key: "readConcernMajorityWallTime", Value: major.date()}}...)
	}
	optimes = append(optimes, bson.D{
		{Key: "appliedOpTime", Value: applied.doc()}, {Key: "durableOpTime", Value: applied.doc()},
		{Key: "lastAppliedWallTime", Value: applied.date()}, {Key: "lastDurableWallTime", Value: applied.date()},
	}...)
	d := bson.D{
		{Key: "set", Value: c.ID}, {Key: "date", Value: w.now()}, {Key: "myState", Value: int32(p.state)}, {Key: "term", Value: p.store.term},
		{Key: "syncSourceHost", Value: source}, {Key: "syncSourceId", Value: sourceID}, {Key: "heartbeatIntervalMillis", Value: int64(2000)},
		{Key: "majorityVoteCount", Value: int32(c.majority())}, {Key: "writeMajorityCount", Value: int32(c.majority())},
		{Key: "votingMembersCount", Value: int32(c.voters())}, {Key: "writableVotingMembersCount", Value: int32(c.voters())},
		{Key: "optimes", Value: optimes}, {Key: "lastStableRecoveryTimestamp", Value: applied.ts},
	}
	if p.state == startup2 && p.sync != nil {
		d = append(d, bson.E{Key: "initialSyncStatus", Value: p.sync.doc(w)})
	}
	members := bson.A{}
	for _, m := range c.Members {
		members = append(members, p.memberStatus(m, source, sourceID))
	}
	return append(d, bson.E{Key: "members", Value: members}), nil
}

// memberStatus is what a member says of itself or of another one.
func (p *process) memberStatus(m configMember, source string, sourceID int32) bson.D {
	w, q := p.server.world, p.peer(m.Host)
	self := q == p
	if q == nil {
		return bson.D{
			{Key: "_id", Value: m.ID}, {Key: "name", Value: m.Host}, {Key: "health", Value: 0.0}, {Key: "state", Value: int32(down)},
			{Key: "stateStr", Value: stateNames[down]}, {Key: "uptime", Value: int32(0)},
			{Key: "optime", Value: optime{term: -1}.doc()}, {Key: "optimeDurable", Value: optime{term: -1}.doc()},
			{Key: "optimeDate", Value: never.date()}, {Key: "optimeDurableDate", Value: never.date()},
			{Key: "lastHeartbeat", Value: w.now()}, {Key: "lastHeartbeatRecv", Value: w.now()}, {Key: "pingMs", Value: int64(0)},
			{Key: "lastHeartbeatMessage", Value: "Error connecting to " + m.Host + " :: caused by :: Connection refused"},
			{Key: "syncSourceHost", Value: ""}, {Key: "syncSourceId", Value: int32(-1)}, {Key: "infoMessage", Value: ""},
			{Key: "configVersion", Value: int32(-1)}, {Key: "configTerm", Value: int64(-1)},
		}
	}
	at := q.store.applied
	d := bson.D{
		{Key: "_id", Value: m.ID}, {Key: "name", Value: m.Host}, {Key: "health", Value: 1.0}, {Key: "state", Value: int32(q.state)},
		{Key: "stateStr", Value: stateNames[q.state]}, {Key: "uptime", Value: int32(w.read() - q.started)}, {Key: "optime", Value: at.doc()},
	}
	if !self {
		d = append(d, bson.E{Key: "optimeDurable", Value: at.doc()})
	}
	d = append(d, bson.E{Key: "optimeDate", Value: at.date()})
	if !self {
		d = append(d, bson.D{
			{Key: "optimeDurableDate", Value: at.date()}, {Key: "lastHeartbeat", Value: w.now()}, {Key: "lastHeartbeatRecv", Value: w.now()},
			{Key: "pingMs", Value: int64(0)}, {Key: "lastHeartbeatMessage", Value: ""},
		}...)
		source, sourceID = "", -1
		if q.state == secondary && q.primary != "" {
			source, sourceID = q.primary, p.store.config.member(q.primary).ID
		}
	}
	d = append(d, bson.D{{Key: "syncSourceHost", Value: source}, {Key: "syncSourceId", Value: sourceID}, {Key: "infoMessage", Value: q.problem}}...)
	if q.state == primary {
		d = append(d, bson.D{{Key: "electionTime", Value: q.elected.ts}, {Key: "electionDate", Value: q.elected.date()}}...)
	}
	d = append(d, bson.D{{Key: "configVersion", Value: q.store.config.Version}, {Key: "configTerm", Value: q.store.config.Term}}...)
	if self {
		d = append(d, bson.D{{Key: "self", Value: true}, {Key: "lastHeartbeatMessage", Value: ""}}...)
	}
	return d
}

func (s *syncing) doc(w *World) bson.D {
	d := bson.D{
		{Key: "failedInitialSyncAttempts", Value: int32(s.attempts)}, {Key: "maxFailedInitialSyncAttempts", Value: int32(10)},
		{Key: "initialSyncStart", Value: w.now()}, {Key: "totalInitialSyncElapsedMillis", Value: int64(1484)},
		{Key: "initialSyncAttempts", Value: bson.A{}},
	}
	if s.copied > 0 {
		d = append(d, bson.D{
			{Key: "approxTotalDataSize", Value: s.total}, {Key: "approxTotalBytesCopied", Value: s.copied},
			{Key: "remainingInitialSyncEstimatedMillis", Value: (s.total - s.copied) * 10}, {Key: "appliedOps", Value: int64(0)},
			{Key: "initialSyncOplogStart", Value: bson.Timestamp{T: w.read(), I: 1}}, {Key: "totalTimeUnreachableMillis", Value: int64(0)},
		}...)
	}
	return d
}
