package mongotest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/dbbelt/belt/pkg/remote"
)

// exchange is one line of a recording.
type exchange struct {
	Node    string  `bson:"node"`
	DB      string  `bson:"db"`
	Request bson.D  `bson:"request"`
	Reply   bson.D  `bson:"reply"`
	Error   *bson.D `bson:"error"`
}

func recording(t *testing.T, scene string) []exchange {
	t.Helper()
	file, err := os.Open(filepath.Join("../../../../testdata/mongodb/4.4", scene+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out []exchange
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e exchange
		if err := bson.UnmarshalExtJSON(lines.Bytes(), false, &e); err != nil {
			t.Fatalf("%s: %v", scene, err)
		}
		out = append(out, e)
	}
	if err := lines.Err(); err != nil || len(out) < 2 {
		t.Fatalf("%s: %d lines, %v", scene, len(out), err)
	}
	return out
}

// play holds the two servers of the recordings.
type play struct {
	*testing.T
	world  *World
	nodes  map[string]*Server
	client map[string]*mongo.Client
	login  *mongoLogin
}

type mongoLogin struct{ user, password string }

func newPlay(t *testing.T) *play {
	w := New(t, "4.4.6")
	w.Looks = 5
	p := &play{T: t, world: w, nodes: map[string]*Server{}, client: map[string]*mongo.Client{}}
	for name, port := range map[string]string{"a": "28017", "b": "28018"} {
		s := w.server("shop", name, "127.0.0.1", "127.0.0.2")
		s.args = map[string]string{
			"net.port": port, "net.bindIp": "127.0.0.1,127.0.0.2", "storage.dbPath": Data, "systemLog.destination": "file",
			"systemLog.logAppend": "true", "systemLog.path": "/var/lib/mongodb.log", "processManagement.timeZoneInfo": "/usr/share/zoneinfo",
			"storage.wiredTiger.engineConfig.cacheSizeGB": "0.25",
		}
		s.files.mkdir(Data, owner)
		p.nodes[name] = s
	}
	return p
}

// restart starts a server with more options, or with fewer: those whose value is empty go.
func (p *play) restart(name string, options map[string]string) {
	p.Helper()
	s := p.nodes[name]
	s.do(func() {
		s.stop()
		for k, v := range options {
			s.args[k] = v
			if v == "" {
				delete(s.args, k)
			}
		}
		s.mustStart()
	})
}

func (p *play) run(ctx context.Context, e exchange) (bson.Raw, error) {
	s := p.nodes[e.Node]
	client := dial(p.T, &runner{server: s, label: s.Name}, "127.0.0.1:"+s.args["net.port"], p.login)
	return client.Database(e.DB).RunCommand(ctx, e.Request).Raw()
}

// scene plays a recording. before is called ahead of the exchange of that number; skip are those whose moment the double
// does not have, since there everything has happened before the reply is sent.
func (p *play) scene(name string, before map[int]func(), skip ...int) {
	p.Helper()
	for i, e := range recording(p.T, name) {
		if f := before[i]; f != nil {
			f()
		}
		if len(e.Request) == 0 {
			continue
		}
		reply, err := p.run(p.Context(), e)
		if slices.Contains(skip, i) {
			continue
		}
		at := fmt.Sprintf("%s, line %d: %s of %s", name, i+1, e.Request[0].Key, e.Node)
		if e.Error != nil {
			p.refused(at, e, err)
			continue
		}
		if err != nil {
			p.Errorf("%s: %v", at, err)
			continue
		}
		p.alike(at, e, reply)
	}
}

func (p *play) refused(at string, e exchange, err error) {
	p.Helper()
	var got mongo.CommandError
	if !errors.As(err, &got) {
		p.Errorf("%s: %v, the server said %v", at, err, *e.Error)
		return
	}
	want, _ := value(e.Reply, "errmsg").(string)
	if int64(got.Code) != whole64(value(*e.Error, "code")) || got.Name != value(*e.Error, "name") || got.Message != want {
		p.Errorf("%s: got %d %s %q, the server said %v", at, got.Code, got.Name, got.Message, *e.Error)
	}
}

// complete are the replies that have all that the server's have; of the others the double gives a part.
var complete = []string{
	"hello", "isMaster", "replSetGetStatus", "replSetGetConfig", "replSetInitiate", "replSetReconfig", "listDatabases", "listCollections",
	"listIndexes", "insert", "count", "find", "create", "createIndexes", "dropDatabase", "connectionStatus", "getParameter", "getCmdLineOpts", "createUser",
	"replSetStepDown", "replSetResizeOplog",
}

// spare are parts of those replies that nothing here looks at.
var spare = []string{"electionCandidateMetrics", "electionParticipantMetrics", "initialSyncStatus.databases", "cursor.firstBatch[].o.", "cursor.firstBatch[].o2."}

// alike compares the shapes of replies: each field of the double's is one of the server's, of the same kind; and for the
// commands on which everything depends, the other way round too.
func (p *play) alike(at string, e exchange, reply bson.Raw) {
	p.Helper()
	var d bson.D
	if err := bson.Unmarshal(reply, &d); err != nil {
		p.Fatal(err)
	}
	got, want := map[string]string{}, map[string]string{}
	shape(got, "", d)
	shape(want, "", e.Reply)
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if isSpare(path) {
			continue
		}
		if want[path] == "" {
			p.Errorf("%s: has %s, which the server has not", at, path)
		} else if got[path] != want[path] && want[path] != "a list of nothing" && got[path] != "a list of nothing" {
			p.Errorf("%s: %s is %s, the server's is %s", at, path, got[path], want[path])
		}
	}
	if !slices.Contains(complete, e.Request[0].Key) {
		return
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if got[path] == "" && !isSpare(path) {
			p.Errorf("%s: lacks %s", at, path)
		}
	}
}

func isSpare(path string) bool {
	return slices.ContainsFunc(spare, func(s string) bool { return strings.HasPrefix(path, s) })
}

// shape lists the paths of a document with the kinds of their values.
func shape(out map[string]string, at string, v any) {
	if out[at] == "" {
		out[at] = fmt.Sprintf("%T", v)
	}
	switch v := v.(type) {
	case bson.D:
		out[at] = "a document"
		for _, e := range v {
			shape(out, strings.TrimPrefix(at+"."+e.Key, "."), e.Value)
		}
	case bson.A:
		out[at] = "a list"
		if len(v) == 0 {
			out[at] = "a list of nothing"
		}
		for _, x := range v {
			shape(out, at+"[]", x)
		}
	case int32, int64, float64:
		out[at] = "a number"
	}
}

func TestRecordings(t *testing.T) {
	p := newPlay(t)
	a := p.nodes["a"]
	p.restart("a", nil)
	a.do(func() {
		for i := range 40 {
			a.insert("shop", "orders", bson.D{{Key: "_id", Value: int32(i)}, {Key: "v", Value: int32(i % 7)}, {Key: "d", Value: p.world.now()}})
		}
	})
	p.scene("01-standalone", nil)
	p.restart("a", map[string]string{"replication.replSet": "rs0", "replication.oplogSizeMB": "64"})
	p.scene("02-replset-not-initiated", nil)
	p.scene("03-initiate", nil, 7)
	p.restart("b", map[string]string{"replication.replSet": "rs0", "replication.oplogSizeMB": "64"})
	synced := []int{8, 9} // before the first heartbeat
	for i := 18; i < 36; i++ {
		synced = append(synced, i)
	}
	p.scene("04-add-secondary", nil, synced...)
	p.nodes["b"].do(p.nodes["b"].stop)
	p.scene("05-secondary-down", map[int]func(){4: func() { p.restart("b", nil) }})
	p.scene("06-promote", nil, 4)
	p.scene("07-remove", map[int]func(){7: func() { p.restart("a", map[string]string{"replication.replSet": ""}) }})
	p.restart("a", map[string]string{"replication.replSet": "rs0"})
	p.scene("08-force", map[int]func(){4: func() { a.do(a.stop) }})

	a.do(func() {
		a.files.remove(Data)
		a.files.mkdir(Data, owner)
		a.files.write("/etc/mongodb.key", "c2VjcmV0IG9mIHRoZSBzZXQ=\n", owner, "0644")
		a.args["security.keyFile"] = "/etc/mongodb.key"
		delete(a.args, "replication.oplogSizeMB")
		if err := a.start(); err == nil || !strings.Contains(err.Error(), "too open") {
			t.Errorf("a keyfile that everybody reads: %v", err)
		}
		a.files.write("/etc/mongodb.key", "c2VjcmV0IG9mIHRoZSBzZXQ=\n", owner, "0400")
	})
	p.restart("a", nil)
	p.scene("09-keyfile", map[int]func(){
		9:  func() { p.login = &mongoLogin{"admin", "secret"} },
		13: func() { p.login = &mongoLogin{"admin", "wrong"} },
	}, 13)
	if _, err := p.run(t.Context(), exchange{Node: "a", DB: "admin", Request: bson.D{{Key: "ping", Value: 1}}}); err == nil || !strings.Contains(err.Error(), "(AuthenticationFailed) Authentication failed.") {
		t.Errorf("a wrong password: %v", err)
	}
	p.login = nil
	p.restart("a", map[string]string{"security.transitionToAuth": "true"})
	p.scene("10-transition", nil)
}

var _ remote.Dialer = (*runner)(nil)
