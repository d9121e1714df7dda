// Package variables says which environment variables an app gets for its
// databases, by the names that applications already read: POSTGRESQL_ADDRESS,
// REDIS_SESSIONS_SLAVE_ADDRESSES_INT, MONGODB_URL_EXT. It is pure: topology in,
// names and values out. A "slave" in a name is a replica.
//
// Where a variable comes in three forms, the one with _INT holds internal
// addresses, the one with _EXT external ones, and the one without a suffix equals
// _INT. Lists are joined by commas in the order given, and are there, empty, when
// there is no replica. Addresses carry no port; URLs always do.
package variables

import (
	"fmt"
	"strings"
)

// Var is one variable.
type Var struct {
	Name, Value string
}

// Database is one database of an app and the servers it runs on, as this app is
// to see them.
type Database struct {
	Name   string // in the inventory; the engine's name gives the plain variables
	Engine string // postgresql, mysql, mariadb, redis, valkey or mongodb

	Primary  Addr
	Replicas []Addr // in a stable order, those in other apps included
	Members  []Addr // MongoDB: the whole replica set in a stable order; default: primary, replicas

	Port    int    // 0 is the engine's default
	SetName string // MongoDB: the replica set; empty for a standalone server

	// Empty is unknown, and gives neither a variable nor a part of a URL.
	Username, Password, DatabaseName string
}

// Addr is where a server is reached.
type Addr struct {
	Internal, External string

	// Remote says that the internal address is of no use to this app, because
	// the server belongs to another app: the external one then stands in the
	// _INT forms as well. The caller leaves it false for a server of another app
	// that replicates over its internal address.
	Remote bool
}

func (a Addr) internal() string {
	if a.Internal == "" || a.Remote && a.External != "" {
		return a.External
	}
	return a.Internal
}

func (a Addr) external() string {
	if a.External == "" {
		return a.Internal
	}
	return a.External
}

// engine is what the variables of one engine look like.
type engine struct {
	prefix string
	scheme string
	port   int
	sql    bool // has _USERNAME, _PASSWORD and _DATABASE
	set    bool // clients find the primary from the list of members
}

func engineOf(name string) (engine, error) {
	switch name {
	case "postgresql":
		return engine{prefix: "POSTGRESQL", scheme: "postgresql", port: 5432, sql: true}, nil
	case "mysql", "mariadb":
		return engine{prefix: "MYSQL", scheme: "mysql", port: 3306, sql: true}, nil
	case "redis", "valkey":
		return engine{prefix: "REDIS", scheme: "redis", port: 6379}, nil
	case "mongodb":
		return engine{prefix: "MONGODB", scheme: "mongodb", port: 27017, set: true}, nil
	}
	return engine{}, fmt.Errorf("unknown engine %q", name)
}

// Vars returns the variables of db in a fixed order. What is not known is left
// out: without any address of the primary there is neither _ADDRESS nor _URL.
func Vars(db Database) ([]Var, error) {
	e, err := engineOf(db.Engine)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", db.Name, err)
	}
	b := builder{prefix: e.prefixOf(db)}
	if db.Primary.internal() != "" {
		b.three("ADDRESS", db.Primary.internal(), db.Primary.external())
		b.three("URL", e.url(db, Addr.internal), e.url(db, Addr.external))
	}
	if e.sql {
		b.known("USERNAME", db.Username)
		b.known("PASSWORD", db.Password)
		b.known("DATABASE", db.DatabaseName)
	}
	if e.set {
		b.add("ADDRESSES", list(db.members(), Addr.internal))
	} else {
		b.three("SLAVE_ADDRESSES", list(db.Replicas, Addr.internal), list(db.Replicas, Addr.external))
	}
	return b.vars, nil
}

// All returns the variables of every database of an app. Two databases whose
// names give the same variable ("my-db" and "my_db") are an error.
func All(dbs []Database) ([]Var, error) {
	var all []Var
	owner := make(map[string]string)
	for _, db := range dbs {
		vars, err := Vars(db)
		if err != nil {
			return nil, err
		}
		for _, v := range vars {
			if other, taken := owner[v.Name]; taken {
				return nil, fmt.Errorf("databases %s and %s both give %s: rename one of them", other, db.Name, v.Name)
			}
			owner[v.Name] = db.Name
		}
		all = append(all, vars...)
	}
	return all, nil
}

// Following returns db as its app is to see it while its server is a replica of
// source, a database of another app: addresses stay its own, and it has no
// replicas. Its data are the source's, so the account and the database are too
// where the source's are known: for PostgreSQL all three, for MySQL the database.
func Following(db, source Database) Database {
	db.Replicas = nil
	e, err := engineOf(db.Engine)
	if err != nil || !e.sql {
		return db
	}
	take := func(own *string, theirs string) {
		if theirs != "" {
			*own = theirs
		}
	}
	take(&db.DatabaseName, source.DatabaseName)
	if db.Engine == "postgresql" {
		take(&db.Username, source.Username)
		take(&db.Password, source.Password)
	}
	return db
}

func (db Database) members() []Addr {
	if len(db.Members) > 0 {
		return db.Members
	}
	return append([]Addr{db.Primary}, db.Replicas...)
}

// prefixOf is what the variables of a database start with: the engine's prefix
// where the name is the engine's, else with the name behind it in capitals,
// everything but ASCII letters and digits as _.
func (e engine) prefixOf(db Database) string {
	if db.Name == db.Engine || db.Name == e.scheme { // a Valkey database may still be called redis
		return e.prefix
	}
	return e.prefix + "_" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, db.Name)
}

func list(addrs []Addr, of func(Addr) string) string {
	var out []string
	for _, a := range addrs {
		if s := of(a); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ",")
}

// builder collects variables under a prefix.
type builder struct {
	prefix string
	vars   []Var
}

func (b *builder) add(name, value string) {
	b.vars = append(b.vars, Var{Name: b.prefix + "_" + name, Value: value})
}

func (b *builder) three(name, internal, external string) {
	b.add(name, internal)
	b.add(name+"_INT", internal)
	b.add(name+"_EXT", external)
}

func (b *builder) known(name, value string) {
	if value != "" {
		b.add(name, value)
	}
}
