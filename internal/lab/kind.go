package lab

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what a server is for: an app server, or one with an engine's database.
// An engine's kind is called as the inventory calls the engine.
type Kind string

const (
	Web        Kind = "web"  // an app server with a database client
	Bare       Kind = "bare" // a server without a database, whose package source has the one of Client
	PostgreSQL Kind = "postgresql"
	Redis      Kind = "redis"
	Valkey     Kind = "valkey"
	MariaDB    Kind = "mariadb"
	MySQL      Kind = "mysql"
	MongoDB    Kind = "mongodb"
)

// engineOf is what the lab knows of an engine's kind. All software is the suite's own, but for mongod, which Debian does not
// have: that is the program of BELT_LAB_MONGOD, on servers laid out as MongoDB's own packages do it.
type engineOf struct {
	family   string   // folder of its scripts and its part of the recipe: kinds that differ little share one
	packages string   // on its servers
	client   string   // on web servers of its lab
	suites   []string // that have it, the one for every-change tests first
	disk     string   // where a server's own disk is mounted
}

// engines are the engines by kind. The data folder of PostgreSQL lies deep enough for a disk above it; the others' is the
// second level of /var, and the disk has all of /var/lib, as a small server's only disk does.
var engines = map[Kind]engineOf{
	PostgreSQL: {"postgresql", "postgresql postgresql-contrib", "postgresql-client", []string{"bookworm", "bullseye", "trixie", "sid"}, "/var/lib/postgresql"},
	Redis:      {"redis", "redis-server redis-tools", "redis-tools", []string{"bookworm", "bullseye", "trixie", "sid"}, "/var/lib"},
	Valkey:     {"redis", "valkey-server valkey-tools", "valkey-tools", []string{"trixie", "sid"}, "/var/lib"},
	MariaDB:    {"mysql", "mariadb-server mariadb-client mariadb-backup", "mariadb-client", []string{"bookworm", "bullseye", "trixie", "sid"}, "/var/lib"},
	MySQL:      {"mysql", "mysql-server mysql-client", "mysql-client", []string{"sid"}, "/var/lib"},
	MongoDB:    {"mongodb", "libcurl4 liblzma5 tzdata", "perl-base", []string{"bookworm", "bullseye", "trixie", "sid"}, "/var/lib"},
}

// Engines are the kinds that are an engine.
func Engines() []Kind { return []Kind{PostgreSQL, Redis, Valkey, MariaDB, MySQL, MongoDB} }

// IsEngine tells whether servers of the kind have a database.
func (k Kind) IsEngine() bool { return slices.Contains(Engines(), k) }

// Suites are the Debian suites with the engine, the one for tests of every change first.
func (k Kind) Suites() []string { return slices.Clone(engines[k].suites) }

// DefaultSuite is the suite for tests of every change.
func (k Kind) DefaultSuite() string {
	if suites := engines[k].suites; len(suites) > 0 {
		return suites[0]
	}
	return "bookworm"
}

// DataDisk is where a disk of the server's own is mounted, for FillDisk and the like. A small one is asked for by DiskMB.
func (k Kind) DataDisk() string { return engines[k].disk }

// ParseEngine is the kind of an engine's name.
func ParseEngine(name string) (Kind, error) {
	if k := Kind(name); k.IsEngine() {
		return k, nil
	}
	var names []string
	for _, k := range Engines() {
		names = append(names, string(k))
	}
	return "", fmt.Errorf("engine %q: want one of %s", name, strings.Join(names, ", "))
}
