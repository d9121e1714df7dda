package redistest

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// World is a group of servers.
type World struct {
	t       testing.TB
	flavour string // "redis" or "valkey"
	version string

	mu      sync.Mutex
	servers []*Server
	ticks   int // each event has its own

	// Wrap, when set, stands between Belt and every server, such as a fault injector.
	Wrap func(remote.Runner) remote.Runner
}

// New returns a world without servers. version is "7.0.15".
func New(t testing.TB, flavour, version string) *World {
	return &World{t: t, flavour: flavour, version: version}
}

func (w *World) tick() int { w.ticks++; return w.ticks }

// modern tells whether the release is one of Redis 7 or later, or Valkey.
func (w *World) modern() bool { return w.flavour == "valkey" || w.version[0] >= '7' }

// Server is one server with one instance, laid out as Debian does.
type Server struct {
	App, Name          string
	Internal, External string

	world   *World
	files   map[string]string
	running *instance // nil: stopped
	down    bool      // cannot be reached
	broken  map[string]string
}

// Add boots a server whose instance runs with data of its own, open to its networks with a password.
func (w *World) Add(app, name string) *Server {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.servers) + 1
	s := &Server{
		App: app, Name: name, Internal: fmt.Sprintf("10.0.0.%d", 20+n), External: fmt.Sprintf("203.0.113.%d", 20+n),
		world: w, files: map[string]string{}, broken: map[string]string{},
	}
	s.files[s.Conf()] = "# as Debian has it\nbind 0.0.0.0 -::0\nport 6379\nsave 3600 1\nappendonly no\ndir " + s.dir() + "\nrequirepass s3cret\n"
	s.files[s.rdb()] = (&data{marks: []string{"keys of " + s.key()}}).text()
	w.servers = append(w.servers, s)
	if err := s.start(); err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return s
}

func (s *Server) key() string { return s.App + "/" + s.Name }

// Conf is the path of the main configuration file.
func (s *Server) Conf() string { return "/etc/" + s.world.flavour + "/" + s.world.flavour + ".conf" }

func (s *Server) dir() string  { return "/var/lib/" + s.world.flavour }
func (s *Server) rdb() string  { return s.dir() + "/dump.rdb" }
func (s *Server) unit() string { return s.world.flavour + "-server.service" }

// Node is the server as the inventory has it, for a command on a target of the app home.
func (s *Server) Node(home string) replication.Node {
	n := replication.Node{
		App: s.App, Server: s.Name, Label: s.Name, Database: s.world.flavour, Engine: s.world.flavour, Internal: s.Internal, External: s.External,
	}
	if s.App != home {
		n.Label = s.key()
	}
	n.Runner = &runner{server: s, label: n.Label}
	if s.world.Wrap != nil {
		n.Runner = s.world.Wrap(n.Runner)
	}
	return n
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

// do changes the world between commands.
func (s *Server) do(change func()) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	change()
	s.world.settle()
}

// Configure puts a line at the end of the configuration and restarts the instance.
func (s *Server) Configure(line string) {
	s.do(func() {
		s.files[s.Conf()] += line + "\n"
		s.stop()
		if err := s.start(); err != nil {
			s.world.t.Fatal(err)
		}
	})
}

// Write adds data.
func (s *Server) Write(mark string) {
	s.do(func() {
		if s.running == nil {
			s.world.t.Fatalf("%s does not run", s.key())
		}
		s.running.write(mark)
	})
}

// Stop stops the instance, which saves its data.
func (s *Server) Stop() { s.do(s.stop) }

// Crash ends the instance as kill -9 does, and starts it again: what is not on disk is lost.
func (s *Server) Crash() {
	s.do(func() {
		s.running = nil
		if err := s.start(); err != nil {
			s.world.t.Fatal(err)
		}
	})
}

// Promote is REPLICAOF NO ONE by somebody else's hand.
func (s *Server) Promote() { s.do(func() { s.running.promote(s.world) }) }

// Forget makes a primary lose what it kept of its changes.
func (s *Server) Forget() {
	s.do(func() { s.running.first = s.running.offset + 100; s.running.write("something large") })
}

// Break makes something fail: "write" any file, "save", "start".
func (s *Server) Break(what, why string) { s.do(func() { s.broken[what] = why }) }

// File is a file's content.
func (s *Server) File(path string) (string, bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	text, there := s.files[path]
	return text, there
}

// under lists the paths below a folder.
func (s *Server) under(folder string) []string {
	var out []string
	for p := range maps.Keys(s.files) {
		if strings.HasPrefix(p, folder+"/") {
			out = append(out, p)
		}
	}
	return out
}

func (s *Server) has(path string) bool {
	_, there := s.files[path]
	return there || len(s.under(path)) > 0
}

func (s *Server) remove(path string) {
	delete(s.files, path)
	for _, p := range s.under(path) {
		delete(s.files, p)
	}
}

// Place puts a file on the server.
func (s *Server) Place(path, text string) { s.do(func() { s.files[path] = text }) }

// Keys is what a running instance holds.
func (s *Server) Keys() string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return fmt.Sprint(s.running.marks)
}

// Settings is what a running instance uses, and what part it has.
func (s *Server) Settings() string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	i := s.running
	lines := []string{"master " + i.master, fmt.Sprint("users ", sorted(i.users))}
	for _, name := range sorted(i.settings) {
		lines = append(lines, name+" "+i.settings[name])
	}
	return strings.Join(lines, "\n")
}

// Runs names the run of the server program: another one after each start.
func (s *Server) Runs() string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return s.running.run
}
