// Package mytest pretends to be servers with MariaDB or MySQL, for tests of the engine: they understand its scripts and its
// SQL, keep files, accounts, options and data, log transactions and replicate them.
//
// A statement or a script that this world does not know fails the test. What it answers to an inspection has the form of
// what real servers answered; see testdata.
package mytest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/dbbelt/belt/internal/replica/machinetest"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// World is a group of servers.
type World struct {
	Engine  string // "mariadb", "mysql"
	Version string // "10.11.18"

	t       testing.TB
	mu      sync.Mutex
	servers []*Server
	ticks   int

	// Wrap, when set, stands between Belt and every server, such as a fault injector.
	Wrap func(remote.Runner) remote.Runner
}

// New returns a world without servers.
func New(t testing.TB, engine, version string) *World {
	return &World{Engine: engine, Version: version, t: t}
}

func (w *World) mariadb() bool { return w.Engine == "mariadb" }

// tick returns a number that no earlier event has.
func (w *World) tick() int { w.ticks++; return w.ticks }

// Server is one server with one instance, laid out as Debian does.
type Server struct {
	*machinetest.Machine
	App, Server        string
	Internal, External string
	Free               int64 // bytes
	Memory             int64
	NoClone            bool  // the library of the clone plug-in is not installed
	MyISAM             int64 // bytes of tables without transactions

	world   *World
	running *instance // nil: stopped
	closed  bool      // the database port is filtered on the way
	passing bool      // it waits for what comes by way of its source
}

const dataDir = "/var/lib/mysql"

// Add boots a server whose instance runs with data of its own: "203.0.113.21" outside and "10.0.0.21" inside of its app.
func (w *World) Add(app, name string) *Server {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.servers) + 1
	s := &Server{
		Machine: machinetest.NewMachine(w.t, app+"/"+name, &w.mu), App: app, Server: name,
		Internal: fmt.Sprintf("10.0.0.%d", 20+n), External: fmt.Sprintf("203.0.113.%d", 20+n), Free: 40 << 30, Memory: 8 << 30, world: w,
	}
	s.Machine.DataDir, s.Machine.Unit, s.Machine.Service = dataDir, w.Engine+".service", s
	s.Machine.Scripts = s.scripts()
	s.Files.Mkdir(dataDir, "mysql")
	d := newData(fmt.Sprintf("2026-01-%02d 03:04:05", n))
	d.uuid = w.uuid()
	d.rows = []string{"rows of " + s.key()}
	s.Files[dataDir+"/"+marker] = &machinetest.File{Owner: "mysql", Data: d}
	s.Files.Write(s.conf(), "bind_address = *\n", "root")
	w.servers = append(w.servers, s)
	if err := s.Start(); err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return s
}

// marker is the path in a data folder that holds what it has.
const marker = "mysql"

func (w *World) uuid() string { return fmt.Sprintf("3e11fa47-71ca-11e1-9e33-%012x", w.tick()) }

func (s *Server) key() string { return s.App + "/" + s.Server }

func (s *Server) dropIns() string {
	if s.world.mariadb() {
		return "/etc/mysql/mariadb.conf.d"
	}
	return "/etc/mysql/mysql.conf.d"
}

// DropIn is Belt's file of options.
func (s *Server) DropIn() string { return s.dropIns() + "/zz-belt.cnf" }

func (s *Server) conf() string { return s.dropIns() + "/50-server.cnf" }

// Node is the server as the inventory has it, for a command on a target of the app home.
func (s *Server) Node(home string) replication.Node {
	n := replication.Node{
		App: s.App, Server: s.Server, Label: s.Server, Database: s.world.Engine, Engine: s.world.Engine,
		Internal: s.Internal, External: s.External,
	}
	if s.App != home {
		n.Label = s.key()
	}
	n.Runner = s.Runner(n.Label)
	if s.world.Wrap != nil {
		n.Runner = s.world.Wrap(n.Runner)
	}
	return n
}

// data is what lies in the data folder in use; nil when there is none.
func (s *Server) data() *data { return s.dataAt(dataDir) }

func (s *Server) dataAt(folder string) *data {
	if f, ok := s.Files[folder+"/"+marker]; ok {
		d, _ := f.Data.(*data)
		return d
	}
	return nil
}

// at finds the server that has an address.
func (w *World) at(address string) *Server {
	for _, s := range w.servers {
		if s.Internal == address || s.External == address {
			return s
		}
	}
	return nil
}
