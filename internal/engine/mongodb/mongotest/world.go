package mongotest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// World is a group of servers.
type World struct {
	t       testing.TB
	version string // of mongod everywhere, "4.4.6"

	mu      sync.Mutex
	servers []*Server
	seconds uint32
	ofDay   bool           // time goes on
	last    bson.Timestamp // of a change
	ids     uint32
	changed chan struct{} // closed when somebody's part in a set changes

	// Looks is how often an initial sync is looked at before it begins to copy.
	Looks int

	// Wrap, when set, stands between Belt and every server, such as a fault injector.
	Wrap func(remote.Runner) remote.Runner

	systems map[string]scram.StoredCredentials // by what the keyfile has
	cursors map[int64]*cursor
	sent    atomic.Int64 // bytes to clients
}

// Sent is how many bytes went to clients.
func (w *World) Sent() int64 { return w.sent.Load() }

// New returns a world without servers; version is that of mongod everywhere.
func New(t testing.TB, version string) *World {
	w := &World{t: t, version: version, seconds: epoch, changed: make(chan struct{}), cursors: map[int64]*cursor{}}
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, s := range w.servers {
			s.kill()
		}
	})
	return w
}

// major is the first part of the version.
func (w *World) major() (n int) {
	fmt.Sscanf(w.version, "%d", &n)
	return n
}

// fcv is the feature compatibility version of data that this mongod made.
func (w *World) fcv() string {
	parts := strings.Split(w.version, ".")
	return parts[0] + "." + parts[1]
}

func (w *World) objectID() bson.ObjectID {
	w.ids++
	return bson.ObjectID{0x6b, 2, 0x60, 0xf1, 8: byte(w.ids >> 24), 9: byte(w.ids >> 16), 10: byte(w.ids >> 8), 11: byte(w.ids)}
}

func (w *World) uuid() bson.Binary {
	id := w.objectID()
	return bson.Binary{Subtype: 4, Data: append([]byte{0xbe, 0x17, 0x40, 0}, id[:]...)}
}

// Server is one server with mongod, laid out as MongoDB's packages do.
type Server struct {
	App, Name          string
	Internal, External string
	Settings           replication.Settings // as the inventory has them
	MachineID          string
	Tools              string // the version of mongodump and mongorestore; empty where they are not installed

	// What the operating system says.
	Free, Memory int64 // bytes

	// What clients do.
	Clients                         []string // "10.0.0.11:40000"
	WritesPerSecond, BytesPerSecond int64

	world  *World
	files  files
	args   map[string]string // of the command line, beside the configuration file
	run    *process          // nil: stopped
	failed string            // why mongod ended
	down   bool              // cannot be reached
	closed bool              // the database port is filtered on the way
	broken map[string]string
	asked  int64 // how often serverStatus was asked for
	stuck  bool  // takes no entries of the oplog
	linger int   // how often it is asked for its status before it is done with RECOVERING
}

// The places of MongoDB's packages.
const (
	Conf    = "/etc/mongod.conf"
	Data    = "/var/lib/mongodb"
	Unit    = "mongod.service"
	owner   = "mongodb"
	storage = "WiredTiger"
)

// shipped is mongod.conf as MongoDB's packages have it.
const shipped = `# mongod.conf

# for documentation of all options, see:
#   http://docs.mongodb.org/manual/reference/configuration-options/

# Where and how to store data.
storage:
  dbPath: /var/lib/mongodb
#  engine:
#  wiredTiger:

# where to write logging data.
systemLog:
  destination: file
  logAppend: true
  path: /var/log/mongodb/mongod.log

# network interfaces
net:
  port: 27017
  bindIp: 127.0.0.1


# how the process runs
processManagement:
  timeZoneInfo: /usr/share/zoneinfo

#security:

#operationProfiling:

#replication:

#sharding:
`

// Add boots a server whose mongod runs as a standalone with data of its own, and takes connections from its app's network:
// "203.0.113.21" outside and "10.0.0.21" inside of its app.
func (w *World) Add(app, name string) *Server {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.servers) + 1
	s := w.server(app, name, fmt.Sprintf("10.0.0.%d", 20+n), fmt.Sprintf("203.0.113.%d", 20+n))
	s.files.write(Conf, strings.Replace(shipped, "bindIp: 127.0.0.1", "bindIp: 127.0.0.1,"+s.Internal, 1), "root", "0644")
	s.files.mkdir(Data, owner)
	s.mustStart()
	s.insert("shop", "marks", bson.D{{Key: "_id", Value: s.key()}, {Key: "of", Value: s.key()}})
	return s
}

func (w *World) server(app, name, internal, external string) *Server {
	s := &Server{
		App: app, Name: name, Internal: internal, External: external, MachineID: fmt.Sprintf("%032x", len(w.servers)+1),
		Tools: "100.9.4", Free: 400 << 30, Memory: 8 << 30, world: w, files: files{}, args: map[string]string{}, broken: map[string]string{},
	}
	w.servers = append(w.servers, s)
	return s
}

func (s *Server) key() string { return s.App + "/" + s.Name }

func (s *Server) mustStart() {
	if err := s.start(); err != nil {
		s.world.t.Fatalf("%s: %v", s.key(), err)
	}
}

// at finds what listens at host:port as the server from sees it; nil when nothing does.
func (w *World) at(from *Server, address string) *process {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	local := host == "127.0.0.1" || host == "localhost"
	for _, s := range w.servers {
		named := host == s.Internal || host == s.External || host == s.Name || local && s == from
		if !named || s.run == nil || s.run.option("net.port") != port {
			continue
		}
		if s != from && (s.down || s.closed || from.down) || !s.run.listens(host) {
			continue
		}
		return s.run
	}
	return nil
}

// listens tells whether mongod takes connections to that name of its server.
func (p *process) listens(host string) bool {
	if p.option("net.bindIpAll") == "true" {
		return true
	}
	bound := strings.Split(p.option("net.bindIp"), ",")
	for i := range bound {
		bound[i] = strings.TrimSpace(bound[i])
	}
	switch host {
	case p.server.Name:
		host = p.server.Internal
	case "localhost":
		host = "127.0.0.1"
	}
	return slices.Contains(bound, host) || slices.Contains(bound, "0.0.0.0") || slices.Contains(bound, "*")
}
