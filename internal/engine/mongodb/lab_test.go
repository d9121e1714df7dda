//go:build lab

package mongodb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

// TestOnRealServers goes through a replica's life on real servers whose mongod is as MongoDB's packages have it, no member
// of a set: real SSH, systemd, files and ports. mongod is the one that BELT_LAB_MONGOD names; without it a stand-in, behind
// which the double answers as recorded replies of 4.4 do.
func TestOnRealServers(t *testing.T) {
	if lab.Mongod() == "" {
		t.Setenv("BELT_LAB_MONGOD", lab.StandIn)
	}
	l := labtest.FreshSpec(t, lab.Spec{Name: labtest.Name(), Suite: lab.MongoDB.DefaultSuite(), Dir: labtest.Dir(), Servers: []lab.ServerSpec{
		{App: "shop", Name: "web1", Kind: lab.Web, Client: lab.MongoDB}, {App: "shop", Name: "db1", Kind: lab.MongoDB}, {App: "shop", Name: "db2", Kind: lab.MongoDB},
	}})
	web1, db1, db2 := l.Server("shop", "web1"), l.Server("shop", "db1"), l.Server("shop", "db2")
	for _, s := range []*lab.Server{db1, db2} {
		write(t, s, s.Name)
	}
	labtest.Fill(t, db1, 3)
	before := labtest.Exec(t, db2, "cat /etc/mongod.conf")

	b := labtest.Belt(t, l)
	b.Run(t, "check", "shop/mongodb", "--replica", "db2").Want(t, 0)
	enabled := b.Run(t, "db", "replicate", "enable", "shop/mongodb", "--replica", "db2", "--yes").Want(t, 0)
	if said := enabled.Stdout + enabled.Stderr; !strings.Contains(said, "takes writes again after") {
		t.Errorf("the outage of the one restart is not told: %s", enabled)
	}
	write(t, db1, "written afterwards")
	b.Run(t, "db", "replicate", "wait", "shop/mongodb", "--timeout", "60s").Want(t, 0)
	b.Run(t, "db", "replicate", "verify", "shop/mongodb").Want(t, 0)
	url := fmt.Sprintf("mongodb://%s:%s@%s:27017,%s:27017/%s?replicaSet=rs0", lab.User, lab.Password, db1.Internal, db2.Internal, lab.Database)
	if got := labtest.Env(t, web1)["MONGODB_URL"]; got != url {
		t.Errorf("the app reads %q, not %q", got, url)
	}
	if !labtest.KitOf(lab.MongoDB).AppReads(t, web1, db2) {
		t.Error("the app cannot read from the replica")
	}
	comments := labtest.Exec(t, db2, "grep -c '#' /etc/mongod.conf")
	if got := labtest.Exec(t, db2, "stat -c '%a %U' /etc/mongod-27017.belt-key"); got != "400 mongodb" || comments != fmt.Sprint(strings.Count(before, "#")) {
		t.Errorf("the keyfile is %q, and mongod.conf has %s comments", got, comments)
	}

	labtest.Systemctl(t, db2, "stop")
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

// TestMongodItself says by its name which scenario no mongod of MongoDB's went through in this run: what a stand-in went
// through proves Belt's part and that of the servers, and nothing of MongoDB's.
func TestMongodItself(t *testing.T) {
	files, err := filepath.Glob("../../lab/scenarios/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	program := lab.Mongod()
	standIn := program == "" || lab.IsStandIn(t.Context(), program)
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range scenario.FindAllStringSubmatch(string(text), -1) {
			if m[2] != "" && !strings.Contains(m[2], "MongoDB") { // about other engines
				continue
			}
			n++
			t.Run(m[1], func(t *testing.T) {
				if standIn {
					t.Skipf("%s NOT RUN with a mongod: %s", m[1], lab.NoMongod)
				}
			})
		}
	}
	if n < 30 {
		t.Errorf("only %d scenarios were found in %d files", n, len(files))
	}
	if standIn {
		t.Skipf("%d scenarios were NOT RUN with a mongod of MongoDB's: %s", n, lab.NoMongod)
	}
}

// scenario is a test of a scenario, with the engines that it is about where it says so.
var scenario = regexp.MustCompile(`(?m)^func Test(\w+)\(t \*testing\.T\) \{\n(?:\tonly\(t, (.*)\)\n)?`)

// write inserts a document on that server, whatever it is in a set.
func write(t *testing.T, s *lab.Server, id string) {
	t.Helper()
	labtest.Mongo(t, s, "shop", bson.D{{Key: "insert", Value: "own"}, {Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: id}}}}}, nil)
}

func count(t *testing.T, s *lab.Server) int {
	t.Helper()
	var reply struct {
		N int `bson:"n"`
	}
	labtest.Mongo(t, s, "shop", bson.D{{Key: "count", Value: "own"}}, &reply)
	return reply.N
}
