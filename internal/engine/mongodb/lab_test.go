//go:build lab

package mongodb_test

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

//go:embed testdata/server.sh
var serverScript string

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

// TestOnRealServers goes through a replica's life on real servers: real SSH, systemd, files and ports. mongod is the one
// that BELT_LAB_MONGOD names; without it a stand-in, behind which the double answers.
func TestOnRealServers(t *testing.T) {
	l := labtest.FreshSpec(t, lab.Spec{Name: labtest.Name(), Suite: "bookworm", Dir: labtest.Dir(), Servers: []lab.ServerSpec{
		{App: "shop", Name: "web1", Kind: lab.Web}, {App: "shop", Name: "db1", Kind: lab.Web}, {App: "shop", Name: "db2", Kind: lab.Web},
	}})
	web1, db1, db2 := l.Server("shop", "web1"), l.Server("shop", "db1"), l.Server("shop", "db2")
	program, host := mongod(t, db1, db2)
	for _, s := range []*lab.Server{db1, db2} {
		if out, err := exec.Command("docker", "cp", "-q", program, s.Container+":/usr/bin/mongod").CombinedOutput(); err != nil {
			t.Fatalf("docker cp: %v: %s", err, out)
		}
		about := ""
		if host != "" {
			about = s.Name + " " + host
		}
		labtest.Exec(t, s, serverScript, s.Internal.String(), about)
		write(t, s, s.Name)
	}
	before := labtest.Exec(t, db2, "cat /etc/mongod.conf")

	b := labtest.Belt(t, l).With(inventory(t, l, web1, db1, db2))
	b.Run(t, "check", "shop/mongodb", "--replica", "db2").Want(t, 0)
	b.Do(t, 0, "db", "replicate", "enable", "shop/mongodb", "--replica", "db2")
	write(t, db1, "written afterwards")
	b.Run(t, "db", "replicate", "wait", "shop/mongodb", "--timeout", "60s").Want(t, 0)
	b.Run(t, "db", "replicate", "verify", "shop/mongodb").Want(t, 0)
	env := labtest.Exec(t, web1, "cat /etc/shop/mongodb.env")
	if want := fmt.Sprintf("MONGODB_URL=mongodb://%s:27017,%s:27017/?replicaSet=rs0\n", db1.Internal, db2.Internal); !strings.Contains(env, want) {
		t.Errorf("the variables lack %q:\n%s", want, env)
	}
	if got := labtest.Exec(t, db2, "stat -c '%a %U' /etc/mongod-27017.belt-key; grep -c '^#' /etc/mongod.conf"); got != "400 mongodb\n9" {
		t.Errorf("the keyfile, and the comments of mongod.conf: %q", got)
	}

	labtest.Exec(t, db2, "systemctl stop mongod")
	write(t, db1, "while db2 was away")
	b.Run(t, "db", "status").Want(t, 6)
	b.Do(t, 0, "db", "replicate", "resync", "shop/mongodb")
	b.Do(t, 0, "db", "replicate", "resync", "shop/mongodb", "--method", "full")
	b.Run(t, "db", "replicate", "verify", "shop/mongodb").Want(t, 0)

	b.Do(t, 0, "db", "replicate", "undo", "shop/mongodb", "--replica", "db2") // the resync
	b.Do(t, 0, "db", "replicate", "undo", "shop/mongodb", "--replica", "db2") // the enable
	if n := count(t, db2); n != 1 {
		t.Errorf("db2 has %d documents of its own back, not 1", n)
	}
	if after := labtest.Exec(t, db2, "cat /etc/mongod.conf"); after != before {
		t.Errorf("mongod.conf of db2 is now\n%s", after)
	}

	b.Do(t, 0, "db", "replicate", "enable", "shop/mongodb", "--replica", "db2")
	b.Do(t, 0, "db", "replicate", "cleanup", "shop/mongodb")
	b.Do(t, 0, "db", "replicate", "disable", "shop/mongodb", "--standalone")
	for _, s := range []*lab.Server{db1, db2} {
		write(t, s, "each its own")
		if n := count(t, s); n != 4 {
			t.Errorf("%s has %d documents, not 4", s, n)
		}
		if left := labtest.Exec(t, s, "ls /etc/*.belt-key /var/lib/belt/state/* 2>/dev/null; grep -E '^ *(keyFile|replSetName|transitionToAuth)' /etc/mongod.conf || :"); left != "" {
			t.Errorf("%s: left over: %s", s, left)
		}
	}
}

// mongod is the program, and where the double of a stand-in is; empty for a real one.
func mongod(t *testing.T, servers ...*lab.Server) (program, host string) {
	t.Helper()
	if program = os.Getenv("BELT_LAB_MONGOD"); program != "" {
		return program, ""
	}
	t.Log("BELT_LAB_MONGOD names no mongod: a stand-in answers as recorded replies of 4.4 do")
	program = filepath.Join(t.TempDir(), "mongod")
	build := exec.Command("go", "build", "-o", program, "github.com/dbbelt/belt/internal/engine/mongodb/mongotest/mongod")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	gateway := servers[0].Internal.As4()
	gateway[3] = 1 // of the lab's network, which is this machine
	l, err := net.Listen("tcp", fmt.Sprintf("%d.%d.%d.%d:0", gateway[0], gateway[1], gateway[2], gateway[3]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := mongotest.New(t, "4.4.6")
	for _, s := range servers {
		w.Real(s.App, s.Name, s.Internal.String(), s.External.String())
	}
	go w.Serve(l)
	return program, l.Addr().String()
}

func inventory(t *testing.T, l *lab.Lab, web1, db1, db2 *lab.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "belt.yaml")
	text := fmt.Sprintf(`ssh: {user: deploy, identity_file: %s, known_hosts: %s}
apps:
  shop:
    servers:
      web1: {address: %s, internal: %s}
      db1: {address: %s, internal: %s}
      db2: {address: %s, internal: %s}
    databases:
      mongodb:
        servers: [db1]
    env: {servers: [web1], file: /etc/shop/mongodb.env}
`, l.Identity(), l.KnownHosts(), web1.External, web1.Internal, db1.External, db1.Internal, db2.External, db2.Internal)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// connect is a client on this machine, of one server alone.
func connect(t *testing.T, s *lab.Server) (*mongo.Collection, context.Context) {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + s.Internal.String() + ":27017/?directConnection=true"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(func() { cancel(); client.Disconnect(context.Background()) })
	return client.Database("shop").Collection("own"), ctx
}

func write(t *testing.T, s *lab.Server, id string) {
	t.Helper()
	c, ctx := connect(t, s)
	if _, err := c.InsertOne(ctx, bson.D{{Key: "_id", Value: id}}); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
}

func count(t *testing.T, s *lab.Server) int {
	t.Helper()
	c, ctx := connect(t, s)
	var all []bson.D
	cursor, err := c.Find(ctx, bson.D{})
	if err == nil {
		err = cursor.All(ctx, &all)
	}
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return len(all)
}
