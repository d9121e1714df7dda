package mongodb

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// commandLine is getCmdLineOpts: the options in force, wherever they come from.
type commandLine struct {
	Argv   []string `bson:"argv"`
	Parsed bson.D   `bson:"parsed"`
}

// options are the options by their dotted names, as mongod.conf has them.
func (c commandLine) options() map[string]string {
	out := map[string]string{}
	flatten(out, "", c.Parsed)
	if name, ok := out["replication.replSet"]; ok { // from the command line
		out["replication.replSetName"] = name
	}
	return out
}

func flatten(out map[string]string, prefix string, d bson.D) {
	for _, e := range d {
		if inner, ok := e.Value.(bson.D); ok {
			flatten(out, prefix+e.Key+".", inner)
			continue
		}
		out[prefix+e.Key] = fmt.Sprint(e.Value)
	}
}

// hello is what a mongod says of its part in a set.
type hello struct {
	Topology struct {
		Process bson.ObjectID `bson:"processId"`
	} `bson:"topologyVersion"`
	SetName   string   `bson:"setName"`
	Writable  bool     `bson:"isWritablePrimary"`
	Master    bool     `bson:"ismaster"` // the same, before 4.4.2
	Secondary bool     `bson:"secondary"`
	Primary   string   `bson:"primary"`
	Me        string   `bson:"me"`
	Arbiter   bool     `bson:"arbiterOnly"`
	Message   string   `bson:"msg"` // "isdbgrid" from a mongos
	Hosts     []string `bson:"hosts"`
}

// optime is a place in the stream of changes.
type optime struct {
	TS   bson.Timestamp `bson:"ts"`
	Term int64          `bson:"t"`
}

func (o optime) String() string { return fmt.Sprintf("%d:%d", o.TS.T, o.TS.I) }

func (o optime) zero() bool { return o.TS.T == 0 }

// reached tells whether o is not before p.
func (o optime) reached(p optime) bool { return !o.TS.Before(p.TS) }

// The states of members.
const (
	statePrimary    = 1
	stateSecondary  = 2
	stateRecovering = 3
	stateStartup2   = 5
	stateRollback   = 9
)

// status is replSetGetStatus.
type status struct {
	Set     string         `bson:"set"`
	State   int            `bson:"myState"`
	Members []memberStatus `bson:"members"`
	Optimes struct {
		Applied   optime `bson:"appliedOpTime"`
		Committed optime `bson:"lastCommittedOpTime"`
	} `bson:"optimes"`
	Sync *initialSync `bson:"initialSyncStatus"`
}

type memberStatus struct {
	ID      int     `bson:"_id"`
	Name    string  `bson:"name"`
	Health  float64 `bson:"health"`
	State   int     `bson:"state"`
	StateIs string  `bson:"stateStr"`
	Optime  optime  `bson:"optime"`
	Self    bool    `bson:"self"`
	Info    string  `bson:"infoMessage"`
	Message string  `bson:"lastHeartbeatMessage"`
}

// member is what is said of a host; nil for none.
func (s *status) member(host string) *memberStatus {
	if s == nil {
		return nil
	}
	for i := range s.Members {
		if s.Members[i].Name == host {
			return &s.Members[i]
		}
	}
	return nil
}

// self is what a member says of itself.
func (s *status) self() *memberStatus {
	if s == nil {
		return nil
	}
	for i := range s.Members {
		if s.Members[i].Self {
			return &s.Members[i]
		}
	}
	return nil
}

// initialSync is how far a first copy is. Before 4.4 it has no estimates.
type initialSync struct {
	Failed    int   `bson:"failedInitialSyncAttempts"`
	Most      int   `bson:"maxFailedInitialSyncAttempts"`
	Total     int64 `bson:"approxTotalDataSize"`
	Copied    int64 `bson:"approxTotalBytesCopied"`
	Remaining int64 `bson:"remainingInitialSyncEstimatedMillis"`
}

// serverStatus is the little of it that is used.
type serverStatus struct {
	Uptime      int64 `bson:"uptimeMillis"`
	Connections struct {
		Current int `bson:"current"`
	} `bson:"connections"`
	Network struct {
		In int64 `bson:"bytesIn"`
	} `bson:"network"`
	Operations struct {
		Insert int64 `bson:"insert"`
		Update int64 `bson:"update"`
		Delete int64 `bson:"delete"`
	} `bson:"opcounters"`
	Engine struct {
		Name string `bson:"name"`
	} `bson:"storageEngine"`
}

func (s serverStatus) writes() int64 {
	return s.Operations.Insert + s.Operations.Update + s.Operations.Delete
}

// client is a connection of somebody other than Belt.
type client struct {
	Client string `bson:"client"`
	App    string `bson:"appName"`
	Desc   string `bson:"desc"`
	Op     string `bson:"op"`
	Active bool   `bson:"active"`
	Meta   struct {
		Application struct {
			Name string `bson:"name"`
		} `bson:"application"`
	} `bson:"clientMetadata"`
}

// foreign tells whether the connection is neither Belt's own nor one between members.
func (c client) foreign() bool {
	return c.Client != "" && c.App != "belt" && c.Meta.Application.Name != "belt" && !strings.HasPrefix(c.Client, "127.0.0.1:") && c.App != "NetworkInterfaceTL"
}
