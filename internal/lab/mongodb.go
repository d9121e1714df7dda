package lab

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// mongodb is the kit of a server with mongod. Nobody has to log in there, as MongoDB's packages have it; the primary has the
// app's account all the same, and its app logs in.
type mongodb struct{ *Server }

// set is how the name of the set begins that an Open primary is in.
const set = "rs"

func (m mongodb) setUpArgs() []string {
	host := ""
	if IsStandIn(context.Background(), Mongod()) {
		host = strings.Join([]string{m.App, m.Name, m.Internal.String(), m.External.String(), standInDir + "/socket"}, " ")
	}
	begins := ""
	if m.isSet() {
		begins = set
	}
	return []string{m.Internal.String() + "," + m.External.String(), begins, m.Settings, host, programID(Mongod())}
}

// isSet tells whether the server is to be the primary of a set; only an Open primary is. What else is Open is what a replica
// is made of.
func (m mongodb) isSet() bool { return m.Open && m.isPrimary() }

// NameAt is the name of the app's server with that address; the address where none has it.
func (s *Server) NameAt(address string) string {
	for _, other := range s.lab.servers {
		if other.App == s.App && (other.Internal.String() == address || other.External.String() == address) {
			return other.Name
		}
	}
	return address
}

func (m mongodb) prepare(ctx context.Context) error {
	if Mongod() == "" {
		return fmt.Errorf("%s: %s", m.ID(), NoMongod)
	}
	_, err := docker(ctx, "cp", "-q", Mongod(), m.Container+":/usr/bin/mongod")
	if err != nil || IsStandIn(ctx, Mongod()) { // which is the tools, too
		return err
	}
	for _, tool := range MongoTools() {
		if _, err := docker(ctx, "cp", "-q", tool, m.Container+":/usr/bin/"+filepath.Base(tool)); err != nil {
			return err
		}
	}
	return nil
}

// complete makes an Open primary a set of one, and the app's account.
func (m mongodb) complete(ctx context.Context) error {
	if m.isSet() {
		var line struct {
			Parsed struct {
				Replication struct {
					Name string `bson:"replSetName"`
				} `bson:"replication"`
			} `bson:"parsed"`
		}
		if err := m.Mongo(ctx, "admin", bson.D{{Key: "getCmdLineOpts", Value: 1}}, &line); err != nil {
			return err
		}
		err := m.Mongo(ctx, "admin", bson.D{{Key: "replSetInitiate", Value: bson.D{
			{Key: "_id", Value: line.Parsed.Replication.Name}, {Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: m.Internal.String() + ":27017"}}}},
		}}}, nil)
		if err != nil {
			return err
		}
	}
	if !m.isPrimary() {
		return nil
	}
	err := poll(ctx, func(ctx context.Context) error {
		var hello struct {
			Writable bool `bson:"isWritablePrimary"`
		}
		err := m.Mongo(ctx, "admin", bson.D{{Key: "hello", Value: 1}}, &hello)
		if err == nil && !hello.Writable {
			err = fmt.Errorf("%s: takes no writes yet", m.ID())
		}
		return err
	})
	if err != nil {
		return err
	}
	return m.Mongo(ctx, Database, bson.D{
		{Key: "createUser", Value: User}, {Key: "pwd", Value: Password}, {Key: "roles", Value: bson.A{"readWrite"}},
	}, nil)
}

func (m mongodb) ping(ctx context.Context) error {
	return m.Mongo(ctx, "admin", bson.D{{Key: "ping", Value: 1}}, nil)
}

func (m mongodb) size(ctx context.Context) (string, error) {
	var list struct {
		Total float64 `bson:"totalSize"`
	}
	err := m.Mongo(ctx, "admin", bson.D{{Key: "listDatabases", Value: 1}}, &list)
	return strconv.FormatInt(int64(list.Total), 10), err
}

// memberStatus is what a member says of itself.
type memberStatus struct {
	State   int `bson:"myState"`
	Optimes struct {
		Applied struct {
			TS   bson.Timestamp `bson:"ts"`
			Term int64          `bson:"t"`
		} `bson:"appliedOpTime"`
	} `bson:"optimes"`
}

func (m mongodb) status(ctx context.Context) (s memberStatus, err error) {
	return s, m.Mongo(ctx, "admin", bson.D{{Key: "replSetGetStatus", Value: 1}}, &s)
}

// position is the optime of the newest change.
func (m mongodb) position(ctx context.Context) (string, error) {
	s, err := m.status(ctx)
	at := s.Optimes.Applied
	return fmt.Sprint(at.Term, " ", at.TS.T, " ", at.TS.I), err
}

func (m mongodb) replayed(ctx context.Context, position string) error {
	var term int64
	var want bson.Timestamp
	if _, err := fmt.Sscan(position, &term, &want.T, &want.I); err != nil {
		return &finalError{fmt.Errorf("%s: position %q: %w", m.ID(), position, err)}
	}
	s, err := m.status(ctx)
	if err != nil {
		return err
	}
	const secondary = 2
	at := s.Optimes.Applied
	if s.State == secondary && (at.Term > term || at.Term == term && at.TS.Compare(want) >= 0) {
		return nil
	}
	return fmt.Errorf("%s: wants to replay %s; state %d, at %d %d %d", m.ID(), position, s.State, at.Term, at.TS.T, at.TS.I)
}

// A collection is made by what is written to it.
func (m mongodb) makeTable(context.Context, string) error { return nil }

func (m mongodb) written(ctx context.Context, table string) (string, error) {
	var out strings.Builder
	err := m.each(ctx, Database, table, bson.D{{Key: "_id", Value: 1}}, func(doc bson.Raw) {
		fmt.Fprintln(&out, doc.Lookup("_id").AsInt64())
	})
	return out.String(), err
}
