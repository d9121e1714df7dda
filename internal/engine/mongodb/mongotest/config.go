package mongotest

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// config is a replica set's configuration.
type config struct {
	ID      string         `bson:"_id"`
	Version int32          `bson:"version"`
	Term    int64          `bson:"term"`
	Members []configMember `bson:"members"`
	Setting configSettings `bson:"settings"`
}

type configMember struct {
	ID       int32    `bson:"_id"`
	Host     string   `bson:"host"`
	Arbiter  bool     `bson:"arbiterOnly"`
	Indexes  *bool    `bson:"buildIndexes"`
	Hidden   bool     `bson:"hidden"`
	Priority *float64 `bson:"priority"`
	Tags     bson.D   `bson:"tags"`
	Delay    int64    `bson:"slaveDelay"`
	Delay5   int64    `bson:"secondaryDelaySecs"`
	Votes    *int32   `bson:"votes"`
}

type configSettings struct {
	ReplicaSetID bson.ObjectID `bson:"replicaSetId"`
}

func (m configMember) priority() float64 {
	if m.Priority == nil {
		return 1
	}
	return *m.Priority
}

func (m configMember) votes() int32 {
	if m.Votes == nil {
		return 1
	}
	return *m.Votes
}

func (c config) clone() config {
	c.Members = slices.Clone(c.Members)
	return c
}

// member is the entry of a host; nil for none.
func (c *config) member(host string) *configMember {
	for i := range c.Members {
		if c.Members[i].Host == host {
			return &c.Members[i]
		}
	}
	return nil
}

func (c *config) older(than *config) bool {
	if c.Term != than.Term && c.Term >= 0 && than.Term >= 0 {
		return c.Term < than.Term
	}
	return c.Version < than.Version
}

// voters is the number of votes.
func (c *config) voters() (n int) {
	for _, m := range c.Members {
		n += int(m.votes())
	}
	return n
}

func (c *config) majority() int { return c.voters()/2 + 1 }

// doc is the configuration as the server gives it.
func (c *config) doc(major int) bson.D {
	delay := "slaveDelay"
	if major >= 5 {
		delay = "secondaryDelaySecs"
	}
	members := bson.A{}
	for _, m := range c.Members {
		members = append(members, bson.D{
			{Key: "_id", Value: m.ID}, {Key: "host", Value: m.Host}, {Key: "arbiterOnly", Value: m.Arbiter},
			{Key: "buildIndexes", Value: m.Indexes == nil || *m.Indexes}, {Key: "hidden", Value: m.Hidden},
			{Key: "priority", Value: m.priority()}, {Key: "tags", Value: append(bson.D{}, m.Tags...)},
			{Key: delay, Value: m.Delay}, {Key: "votes", Value: m.votes()},
		})
	}
	return bson.D{
		{Key: "_id", Value: c.ID}, {Key: "version", Value: c.Version}, {Key: "term", Value: c.Term},
		{Key: "protocolVersion", Value: int64(1)}, {Key: "writeConcernMajorityJournalDefault", Value: true},
		{Key: "members", Value: members},
		{Key: "settings", Value: bson.D{
			{Key: "chainingAllowed", Value: true}, {Key: "heartbeatIntervalMillis", Value: int32(2000)},
			{Key: "heartbeatTimeoutSecs", Value: int32(10)}, {Key: "electionTimeoutMillis", Value: int32(10000)},
			{Key: "catchUpTimeoutMillis", Value: int32(-1)}, {Key: "catchUpTakeoverDelayMillis", Value: int32(30000)},
			{Key: "getLastErrorModes", Value: bson.D{}},
			{Key: "getLastErrorDefaults", Value: bson.D{{Key: "w", Value: int32(1)}, {Key: "wtimeout", Value: int32(0)}}},
			{Key: "replicaSetId", Value: c.Setting.ReplicaSetID},
		}},
	}
}

// valid tells what a configuration may not be.
func (c *config) valid() error {
	if n := len(c.Members); n < 1 || n > 50 {
		return &refusal{93, "InvalidReplicaSetConfig", fmt.Sprintf("Replica set configuration contains %d members, but must have at least 1 and no more than  50", n)}
	}
	hosts, ids, electable := map[string]bool{}, map[int32]bool{}, 0
	for _, m := range c.Members {
		switch {
		case hosts[m.Host] || ids[m.ID]:
			return &refusal{103, "NewReplicaSetConfigurationIncompatible", "Found two member configurations with same host or _id"}
		case m.Arbiter && m.votes() == 0:
			return &refusal{103, "NewReplicaSetConfigurationIncompatible", "Arbiter must vote (cannot have 0 votes)"}
		case m.votes() == 0 && m.priority() > 0:
			return &refusal{103, "NewReplicaSetConfigurationIncompatible", "priority must be 0 when non-voting (votes:0)"}
		}
		hosts[m.Host], ids[m.ID] = true, true
		if m.priority() > 0 {
			electable++
		}
	}
	if electable == 0 {
		return &refusal{93, "InvalidReplicaSetConfig", "Replica set configuration must contain at least one non-arbiter member with priority > 0"}
	}
	return nil
}
