package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// onDoubles leads to servers that run the double of mongod, and that are folders for everything that is not about it: locks,
// the journal, the files of variables.
type onDoubles struct {
	folders world
	servers map[string]*mongotest.Server
}

func (d onDoubles) Runner(server inventory.Server, label string) remote.Runner {
	return double{
		pretended: pretended{remotetest.Local{Name: label}, filepath.Join(d.folders.dir, server.App, server.Name)},
		mongod:    d.servers[server.Name].Node(server.App).Runner,
	}
}

func (d onDoubles) open(context.Context, *belt, *remote.Secrets) (ops.Connector, func(), error) {
	return d, func() {}, nil
}

type double struct {
	pretended
	mongod remote.Runner
}

// noDatabase are the commands that know nothing of databases.
var noDatabase = regexp.MustCompile(`^(write the log|read the log|hold the lock .*|look at the lock .*|.* the record .*|read the variables|stage .*|switch .*|discard what .*|finish what .*|read the history .*)$`)

func (d double) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	if noDatabase.MatchString(remote.Title(cmd)) {
		return d.pretended.Run(ctx, cmd)
	}
	return d.mongod.Run(ctx, cmd)
}

func (d double) Dial(ctx context.Context, t remote.Tunnel) (net.Conn, error) {
	return remote.Dial(ctx, d.mongod, t)
}

const mongoInventory = `apps:
  shop:
    servers:
      db1: {address: 203.0.113.21, internal: 10.0.0.21}
      db2: {address: 203.0.113.22, internal: 10.0.0.22}
      web1: {address: 203.0.113.23, internal: 10.0.0.23}
    databases:
      mongodb:
        servers: [db1]
        credentials: {username: shop, database: shop, password_file: secret}
    env: {servers: [web1], file: /etc/shop/database.env}
`

// mongoRun is belt with the engines of production on doubles.
type mongoRun struct {
	*testing.T
	doubles onDoubles
}

func newMongoRun(t *testing.T) mongoRun {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	w := mongotest.New(t, "4.4.6")
	r := mongoRun{t, onDoubles{world{filepath.Join(dir, "world")}, map[string]*mongotest.Server{}}}
	for _, name := range []string{"db1", "db2", "web1"} {
		r.doubles.servers[name] = w.Add("shop", name)
		for _, folder := range []string{"etc/shop", "var/lib", "var/log", "run/lock"} {
			if err := os.MkdirAll(filepath.Join(r.doubles.folders.dir, "shop", name, folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range map[string]string{"belt.yaml": mongoInventory, "secret": "hunter2\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// belt runs a command and returns its exit code and output.
func (r mongoRun) belt(want int, args ...string) string {
	r.Helper()
	var stdout, stderr bytes.Buffer
	b := &belt{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: lookup([]string{"HOME=" + r.doubles.folders.dir}), args: args,
		engines: production(), connect: r.doubles.open, locks: ops.ServerLocks{}, pusher: ops.OnServers,
	}
	if code := b.run(r.Context()); code != want {
		r.Fatalf("belt %s: exit %d, want %d\n%s\n%s", strings.Join(args, " "), code, want, stdout.String(), stderr.String())
	}
	if strings.Contains(stderr.String(), "hunter2") {
		r.Errorf("belt %s shows a password:\n%s", strings.Join(args, " "), stderr.String())
	}
	return stdout.String()
}

func (r mongoRun) variables() string {
	r.Helper()
	text, err := os.ReadFile(filepath.Join(r.doubles.folders.dir, "shop/web1/etc/shop/database.env"))
	if err != nil {
		r.Fatal(err)
	}
	return string(text)
}

func (r mongoRun) has(text string, parts ...string) {
	r.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			r.Errorf("lacks %q:\n%s", part, text)
		}
	}
}

// The whole life of a replica through the command line: what the documentation promises, on doubles.
func TestMongoDBFromEndToEnd(t *testing.T) {
	r := newMongoRun(t)
	r.has(r.belt(0, "check", "shop/mongodb", "--replica", "db2"), "web1", "reaches 10.0.0.21:27017, 10.0.0.22:27017")
	r.has(r.belt(0, "db", "replicate", "enable", "shop/mongodb", "--replica", "db2", "--dry-run", "-o", "json"), `"primary_unavailable_seconds": 8`)
	r.belt(0, "db", "replicate", "enable", "shop/mongodb", "--replica", "db2", "--yes")
	r.has(r.variables(), "MONGODB_ADDRESS=10.0.0.21", "MONGODB_ADDRESSES=10.0.0.21,10.0.0.22",
		"mongodb://shop:hunter2@10.0.0.21:27017,10.0.0.22:27017/shop?replicaSet=rs0", "mongodb://shop:hunter2@203.0.113.21:27017,203.0.113.22:27017/shop?replicaSet=rs0")
	var status struct {
		Databases []struct {
			Engine   string
			Replicas []struct{ Server, State string }
		}
	}
	if err := json.Unmarshal([]byte(r.belt(0, "db", "status", "-o", "json")), &status); err != nil {
		t.Fatal(err)
	}
	if d := status.Databases[0]; d.Engine != "mongodb" || len(d.Replicas) != 1 || d.Replicas[0].State != "streaming" {
		t.Errorf("status %+v", status)
	}
	r.belt(0, "db", "replicate", "enable", "shop/mongodb", "--replica", "db2", "--yes") // already so
	r.has(r.belt(0, "db", "replicate", "verify", "shop/mongodb", "-o", "json"), `"equal": true`)
	r.belt(0, "db", "replicate", "wait", "shop/mongodb", "--timeout", "20s")

	r.doubles.servers["db2"].Change("shop", "marks", "shop/db1", nil)
	r.has(r.belt(6, "db", "replicate", "verify", "shop/mongodb", "-o", "json"), `"equal": false`, "shop.marks", "is missing")
	r.belt(0, "db", "replicate", "resync", "shop/mongodb", "--method", "full", "--yes")
	r.belt(0, "db", "replicate", "verify", "shop/mongodb")
	if got := r.belt(0, "db", "replicate", "resync", "shop/mongodb", "--if-needed", "--yes"); got != "" {
		t.Errorf("resync --if-needed of a healthy replica says %q", got)
	}

	r.belt(0, "db", "replicate", "undo", "shop/mongodb", "--replica", "db2", "--yes") // the resync
	r.belt(0, "db", "replicate", "undo", "shop/mongodb", "--replica", "db2", "--yes") // the enable
	if n := r.doubles.servers["db2"].Count("shop", "marks"); n != 1 {
		t.Errorf("db2 has %d marks of its own back", n)
	}
	r.has(r.variables(), "MONGODB_ADDRESSES=10.0.0.21\n", "replicaSet=rs0")
	r.belt(0, "db", "replicate", "enable", "shop/mongodb", "--replica", "db2", "--yes")
	r.belt(0, "db", "replicate", "cleanup", "shop/mongodb", "--yes")
	r.belt(0, "db", "replicate", "disable", "shop/mongodb", "--standalone", "--yes")
	r.has(r.variables(), "mongodb://shop:hunter2@10.0.0.21:27017/shop\n")
	r.has(r.belt(0, "log", "shop/mongodb"), "db replicate disable", "db replicate enable")
	for _, name := range []string{"db1", "db2"} {
		r.doubles.servers[name].Write("each its own")
	}
}
