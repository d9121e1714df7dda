package mongodb

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/internal/replica/replicatest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/replication"
)

// bench is a mongod on this machine, a stand-in as its tools are, and the scripts of backups at work on it.
type bench struct {
	*replicatest.Yard
	t      *testing.T
	port   int
	facts  replication.Facts
	client *mongo.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{Yard: replicatest.NewYard(t), t: t}
	build := exec.Command("go", "build", "-o", b.Path("bin/mongod"), "./mongotest/mongod")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"mongodump", "mongorestore"} {
		if err := os.Symlink("mongod", b.Path("bin/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	b.Write("host", "shop db1 127.0.0.1 127.0.0.1 "+b.Path("socket"))
	b.Write("data/journal/x", "")
	b.Write("mongod.conf", fmt.Sprintf("storage:\n  dbPath: %s\nnet:\n  port: %d\n  bindIp: 127.0.0.1\nreplication:\n  replSetName: rs0\nsecurity:\n  authorization: enabled\n", b.Path("data"), b.port))
	b.Env = append(b.Env, "MONGOD_HOST="+b.Path("host"), "BELT_FILES="+b.Path("files"))
	b.start("--serve", b.Path("socket"))
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(b.Path("socket")); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	b.start("--config", b.Path("mongod.conf"))
	at := options.Client().SetHosts([]string{fmt.Sprintf("127.0.0.1:%d", b.port)}).SetDirect(true)
	b.client = b.connect(at)
	b.do("admin", bson.D{{Key: "replSetInitiate", Value: bson.D{{Key: "_id", Value: "rs0"}, {Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: int32(0)}, {Key: "host", Value: fmt.Sprintf("127.0.0.1:%d", b.port)}}}}}}})
	b.do("admin", bson.D{{Key: "createUser", Value: "root"}, {Key: "pwd", Value: `a "quoted\ pass: word`}, {Key: "roles", Value: bson.A{"root"}}})
	b.client = b.connect(at.SetAuth(options.Credential{Username: "root", Password: `a "quoted\ pass: word`, AuthSource: "admin", AuthMechanism: "SCRAM-SHA-256"}))
	b.facts = replication.Facts{
		Node: replication.Node{Label: "db1", Settings: replication.Settings{AdminUser: "root", AdminPassword: func() (string, error) { return `a "quoted\ pass: word`, nil }}},
		Native: &native{
			place: place{Port: b.port, Program: b.Path("bin/mongod"), DataDir: b.Path("data")}, Config: &setConfig{bson.D{{Key: "_id", Value: "rs0"}}},
			Options: map[string]string{"security.authorization": "enabled"}, survey: &survey{Tools: "100.9.4"},
		},
	}
	return b
}

func (b *bench) start(args ...string) {
	b.t.Helper()
	c := exec.Command(b.Path("bin/mongod"), args...)
	c.Env = append(os.Environ(), b.Env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if out.Len() > 0 { // what the double was asked and does not know, too
			b.t.Errorf("mongod %q said %s", args, out.String())
		}
	})
}

func (b *bench) connect(o *options.ClientOptions) *mongo.Client {
	b.t.Helper()
	c, err := mongo.Connect(o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = c.Disconnect(context.Background()) })
	return c
}

func (b *bench) do(database string, command bson.D) {
	b.t.Helper()
	if err := b.client.Database(database).RunCommand(b.t.Context(), command).Err(); err != nil {
		b.t.Fatal(err)
	}
}

// run runs a script of a backup as a job does.
func (b *bench) run(script string, stdin []byte, args ...string) (string, error) {
	b.t.Helper()
	var out strings.Builder
	_, err := remotetest.Local{Env: b.Env}.Run(b.t.Context(), remote.Command{
		Title: "script", Script: "progress() { :; }\n" + script, Args: args, Stdin: bytes.NewReader(stdin), Stdout: &out,
	})
	return out.String(), err
}
