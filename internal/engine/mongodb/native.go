package mongodb

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// native is all that mongod and its server told; Facts.Native holds a pointer to it.
type native struct {
	place
	replica.Notes

	Conf    map[string]string // what mongod.conf says, by dotted names
	Options map[string]string // what is in force; nil while it does not run
	Alive   bool              // the program runs, even if it does not answer
	BadConf string            // why mongod.conf cannot be read

	Hello  hello
	Status *status    // nil outside of a set
	Config *setConfig // nil outside of a set
	Absent bool       // started for a set, and no member of one: not initiated, or taken out
	Left   *setConfig // the configuration of a set that a standalone still has in its database local; nil for none
	FCV    string
	Oplog  oplog

	survey *survey // nil after a glance
}

// place is where an instance lives on its server.
type place struct {
	Owner    string // the system user, "mongodb"
	Service  string // the systemd unit
	Program  string // "/usr/bin/mongod"
	ConfFile string // "/etc/mongod.conf"
	DataDir  string // resolved: no symbolic link
	Port     int
}

// oplog is how far back a member could help another one that was away.
type oplog struct {
	Max         int64 // bytes
	First, Last bson.Timestamp
}

// window is how many seconds of changes the oplog holds.
func (o oplog) window() int64 { return int64(o.Last.T) - int64(o.First.T) }

// reaches tells whether a member that stands there can go on from the oplog.
func (o oplog) reaches(at optime) bool { return at.zero() || !at.TS.Before(o.First) }

// survey is the costlier part of an inspection.
type survey struct {
	DataBytes int64 // of all databases but local, on disk
	Databases []string
	UsedBytes int64    // of the data folder, on disk
	FreeBytes int64    // on the file system that a new folder beside the data folder would use
	Mount     bool     // the data folder itself is a mount point
	Tools     string   // the version of mongodump, "100.9.4"
	Missing   []string // those of mongodump and mongorestore that are not there
	Engine    string
	Sharded   bool
	Clients   []string
	Writes    int64   // operations that changed something, over about a second
	PerSecond float64 // bytes a second that came in from the network, the better part of which is what is written
}

func nativeOf(f replication.Facts) *native {
	if n, ok := f.Native.(*native); ok {
		return n
	}
	return &native{}
}

// option is the value in force, or that of mongod.conf while nothing runs.
func (n *native) option(name string) string {
	if n.Options != nil {
		return n.Options[name]
	}
	return n.Conf[name]
}

// setName is the set that the instance was started for.
func (n *native) setName() string { return n.option("replication.replSetName") }

// inSet tells whether it is a member of a set now.
func (n *native) inSet() bool { return n.Config != nil && !n.Absent }

// enforces tells whether clients have to log in.
func (n *native) enforces() bool {
	if n.option("security.transitionToAuth") == "true" {
		return false
	}
	return n.option("security.authorization") == "enabled" || n.option("security.keyFile") != "" || n.option("security.clusterAuthMode") == "x509"
}

// applied is how far it is.
func (n *native) applied() optime {
	if n.Status == nil {
		return optime{}
	}
	return n.Status.Optimes.Applied
}

// door is the way into the instance.
func doorOf(f replication.Facts) door {
	n := nativeOf(f)
	return door{node: f.Node, port: n.Port, keyFile: n.option("security.keyFile")}
}

// instance is the name under which Belt keeps things for one instance of a server.
func instance(n *native) string { return fmt.Sprintf("mongodb-%d", n.Port) }

// instanceOf describes the instance for the steps that all engines share.
func instanceOf(f replication.Facts) replica.Instance {
	n := nativeOf(f)
	i := replica.Instance{
		Facts: f, Name: instance(n), Product: "MongoDB", Unit: n.Service, DataDir: n.DataDir, Owner: n.Owner, Notes: n.Notes,
		Answers: func(ctx context.Context) error { return answers(ctx, f) },
	}
	if n.survey != nil {
		i.Used = n.survey.UsedBytes
	}
	return i
}

// answers returns nil when mongod takes connections. A greeting needs no login.
func answers(ctx context.Context, f replication.Facts) error {
	s, err := dialSession(f.Node.Runner, nativeOf(f).Port, nil, true)
	if err != nil {
		return err
	}
	defer s.close()
	_, err = s.hello(ctx)
	return err
}
