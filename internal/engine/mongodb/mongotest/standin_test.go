package mongotest

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// standIn is what the program does, without a server around it.
type standIn struct {
	t       *testing.T
	socket  string
	place   Place
	control net.Conn
}

func (s *standIn) say(hello Hello) (net.Conn, string) {
	s.t.Helper()
	c, err := net.Dial("unix", s.socket)
	if err != nil {
		s.t.Fatal(err)
	}
	hello.Server = s.place
	if err := json.NewEncoder(c).Encode(hello); err != nil {
		s.t.Fatal(err)
	}
	if hello.Start == nil && !hello.Forget {
		return c, ""
	}
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return c, strings.TrimSpace(answer)
}

func (s *standIn) start(data, conf string) string {
	s.t.Helper()
	var answer string
	s.control, answer = s.say(Hello{Start: &Start{Conf: conf, Data: data}})
	return answer
}

// DialContext is a client on the server itself.
func (s *standIn) DialContext(context.Context, string, string) (net.Conn, error) {
	c, _ := s.say(Hello{Local: true})
	return c, nil
}

func (s *standIn) run(db string, cmd bson.D, into any) {
	s.t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://127.0.0.1/?directConnection=true").SetDialer(s))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Disconnect(s.t.Context())
	r := client.Database(db).RunCommand(s.t.Context(), cmd)
	if err := r.Err(); err != nil {
		s.t.Fatalf("%s: %v", cmd, err)
	}
	if into != nil {
		if err := r.Decode(into); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *standIn) count() int32 {
	s.t.Helper()
	var reply struct {
		N int32 `bson:"n"`
	}
	s.run("shop", bson.D{{Key: "count", Value: "orders"}}, &reply)
	return reply.N
}

// Stand-ins keep their data from one start to the next, by the name in the data folder, and replicate between them.
func TestStandIns(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go New(t, "4.4.6").Serve(l)
	db1 := &standIn{t: t, socket: socket, place: Place{"shop", "db1", "10.0.0.21", "203.0.113.21"}}
	db2 := &standIn{t: t, socket: socket, place: Place{"shop", "db2", "10.0.0.22", "203.0.113.22"}}
	alone := strings.Replace(shipped, "bindIp: 127.0.0.1", "bindIp: 127.0.0.1,10.0.0.21,10.0.0.22", 1)
	member := strings.Replace(alone, "#replication:", "replication:\n  replSetName: rs0", 1)

	if answer := db1.start("one", strings.Replace(alone, "port", "prot", 1)); answer != "Unrecognized option: net.prot" {
		t.Fatalf("%q", answer)
	}
	if answer := db1.start("one", alone); answer != "" {
		t.Fatal(answer)
	}
	insert := bson.D{{Key: "insert", Value: "orders"}, {Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: 1}}}}}
	db1.run("shop", insert, nil)
	before := db1.control
	if answer := db1.start("one", member); answer != "" { // before the end of the last run was seen
		t.Fatal(answer)
	}
	before.Close()
	if answer := db2.start("two", member); answer != "" {
		t.Fatal(answer)
	}
	config := bson.D{{Key: "_id", Value: "rs0"}, {Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: "10.0.0.21:27017"}}}}}
	db1.run("admin", bson.D{{Key: "replSetInitiate", Value: config}}, nil)
	if n := db1.count(); n != 1 {
		t.Errorf("%d documents after a restart, not 1", n)
	}
	config = bson.D{{Key: "_id", Value: "rs0"}, {Key: "version", Value: 2}, {Key: "members", Value: bson.A{
		bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: "10.0.0.21:27017"}},
		bson.D{{Key: "_id", Value: 1}, {Key: "host", Value: "10.0.0.22:27017"}, {Key: "priority", Value: 0}, {Key: "votes", Value: 0}},
	}}}
	db1.run("admin", bson.D{{Key: "replSetReconfig", Value: config}}, nil)
	var status struct {
		State int `bson:"myState"`
	}
	for range 10 { // an initial sync goes on with each look
		db2.run("admin", bson.D{{Key: "replSetGetStatus", Value: 1}}, &status)
	}
	if status.State != secondary {
		t.Fatalf("db2 is in state %d", status.State)
	}
	insert[1].Value = bson.A{bson.D{{Key: "_id", Value: 2}}}
	db1.run("shop", insert, nil)
	if n := db2.count(); n != 2 {
		t.Errorf("the secondary has %d documents, not 2", n)
	}
	if _, answer := db1.say(Hello{Forget: true}); answer != "" {
		t.Error(answer)
	}
	if answer := db2.start("three", alone); answer != "" {
		t.Fatal(answer)
	}
	if n := db2.count(); n != 0 {
		t.Errorf("an empty data folder has %d documents", n)
	}
}
