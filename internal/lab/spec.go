package lab

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
)

// The credentials and the database of every app, on its first database server.
const (
	User     = "shop"
	Password = "s3cret-of-shop"
	Database = "shop"
)

// Spec describes a lab.
type Spec struct {
	Name    string // part of the containers' names: lower case letters, digits, dashes
	Suite   string // Debian's: bullseye, bookworm, trixie, sid
	Dir     string // folder for the key, known_hosts and inventory; ".lab/NAME" when empty
	Servers []ServerSpec
}

// ServerSpec describes a server.
type ServerSpec struct {
	App, Name string
	Kind      Kind

	Client Kind // of a web or bare server: the engine whose client it has, or could have; PostgreSQL when empty

	// Only for servers of an engine:

	Open      bool   // needs no restart to get a replica: listens on all addresses, lets User in from both networks, has a log; off as Debian has it
	Checksums bool   // PostgreSQL's data page checksums, whatever the version's default
	Settings  string // lines of the engine's configuration
	DiskMB    int    // size of the disk under the kind's DataDisk; 0: the host's disk
	Packages  string // further packages of the suite
}

// Standard is the lab of the demo and of most scenarios, for an engine.
func Standard(engine Kind, name, suite, dir string) Spec {
	return Spec{Name: name, Suite: suite, Dir: dir, Servers: []ServerSpec{
		{App: "shop", Name: "web1", Kind: Web, Client: engine},
		{App: "shop", Name: "web2", Kind: Web, Client: engine},
		{App: "shop", Name: "db1", Kind: engine, Open: true},
		{App: "shop", Name: "db2", Kind: engine, Open: true},
		{App: "shop-eu", Name: "web1", Kind: Web, Client: engine},
		{App: "shop-eu", Name: "db1", Kind: engine, Open: true},
	}}
}

// Suites are the Debian suites that the lab knows, oldest first.
func Suites() []string { return []string{"bullseye", "bookworm", "trixie", "sid"} }

var nameRule = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

func (s Spec) validate() error {
	if !nameRule.MatchString(s.Name) {
		return fmt.Errorf("lab name %q: want lower case letters, digits and dashes", s.Name)
	}
	if !slices.Contains(Suites(), s.Suite) {
		return fmt.Errorf("lab %s: suite %q: want one of %v", s.Name, s.Suite, Suites())
	}
	if len(s.Servers) == 0 || len(s.Servers) > maxServers {
		return fmt.Errorf("lab %s: %d servers: want 1 to %d", s.Name, len(s.Servers), maxServers)
	}
	seen := map[string]bool{}
	for _, server := range s.Servers {
		id := server.id()
		switch {
		case !nameRule.MatchString(server.App) || !nameRule.MatchString(server.Name):
			return fmt.Errorf("lab %s: server %q: want lower case letters, digits and dashes", s.Name, id)
		case server.Kind != Web && server.Kind != Bare && !server.Kind.IsEngine():
			return fmt.Errorf("lab %s: server %s: kind %q: want %s or one of %v", s.Name, id, server.Kind, Web, Engines())
		case !slices.Contains(server.engine().Suites(), s.Suite):
			return fmt.Errorf("lab %s: server %s: no %s in %s, only in %v", s.Name, id, server.engine(), s.Suite, server.engine().Suites())
		case seen[id]:
			return fmt.Errorf("lab %s: server %s is there twice", s.Name, id)
		}
		seen[id] = true
	}
	return nil
}

// dir is the lab's folder as an absolute path.
func (s Spec) dir() (string, error) {
	if s.Dir != "" {
		return filepath.Abs(s.Dir)
	}
	return filepath.Abs(filepath.Join(".lab", s.Name))
}

// engine is the engine that the server's software is of: its own, or of which it is a client.
func (s ServerSpec) engine() Kind {
	switch {
	case s.Kind != Web && s.Kind != Bare:
		return s.Kind
	case s.Client != "":
		return s.Client
	}
	return PostgreSQL
}

func (s ServerSpec) id() string { return s.App + "/" + s.Name }
