package mongotest

import (
	"fmt"
	"net"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dbbelt/belt/pkg/yamltext"
)

// process is a mongod that runs.
type process struct {
	server  *Server
	store   *store
	options map[string]string
	set     string // the name of the replica set that it was started for; empty for a standalone
	key     string // what the keyfile has
	id      bson.ObjectID
	started uint32

	state    int // of a member: see the names of states
	counter  int64
	primary  string // the member that it takes for the primary
	elected  optime // when it was elected
	stepped  bool   // was told to step down, and nobody was elected since
	problem  string // why it cannot follow
	sync     *syncing
	conns    map[net.Conn]bool
	lastConn int32
	wrote    int64 // documents, since it was started
	expires  bool  // its TTL monitor runs
}

// The states of members.
const (
	startup   = 0
	primary   = 1
	secondary = 2
	recovery  = 3
	startup2  = 5
	down      = 8
	rollback  = 9
	removed   = 10
)

var stateNames = map[int]string{
	startup: "STARTUP", primary: "PRIMARY", secondary: "SECONDARY", recovery: "RECOVERING", startup2: "STARTUP2",
	down: "(not reachable/healthy)", rollback: "ROLLBACK", removed: "REMOVED",
}

// option is the value of an option in force.
func (p *process) option(name string) string {
	if v, ok := p.options[name]; ok {
		return v
	}
	return map[string]string{"net.port": "27017", "net.bindIp": "127.0.0.1", "storage.dbPath": Data}[name]
}

// start starts mongod as its unit does. The error is what its log says.
func (s *Server) start() error {
	if s.run != nil {
		return nil
	}
	s.failed = ""
	fail := func(format string, args ...any) error {
		s.failed = fmt.Sprintf(format, args...)
		return fmt.Errorf("%s", s.failed)
	}
	if why := s.broken["start"]; why != "" {
		return fail("%s", why)
	}
	conf, err := yamltext.ReadSettings(s.files.read(Conf))
	if err != nil {
		return fail("Error parsing YAML config file: %v", err)
	}
	p := &process{server: s, options: conf.All(), id: s.world.objectID(), conns: map[net.Conn]bool{}}
	for name, value := range s.args {
		p.options[name] = value
	}
	for name := range p.options {
		if !known[name] {
			return fail("Unrecognized option: %s", name)
		}
	}
	p.set = p.option("replication.replSetName") + p.option("replication.replSet")
	if name := p.option("security.keyFile"); name != "" {
		key, ok := s.files[name]
		switch {
		case !ok:
			return fail("Error reading file %s: No such file or directory", name)
		case key.mode != "0400" && key.mode != "0600":
			return fail("permissions on %s are too open", name)
		case key.owner != owner:
			return fail("Error opening file: %s: Permission denied", name)
		case len(strings.TrimSpace(key.content)) < 6:
			return fail("security key in %s has length %d, must be between 6 and 1024 chars", name, len(key.content))
		}
		p.key = strings.TrimSpace(key.content)
	} else if p.option("security.transitionToAuth") == "true" {
		return fail("BadValue: transitionToAuth must be used with keyFile or x509 authentication")
	}
	if p.set != "" && p.option("storage.journal.enabled") == "false" {
		return fail("Running wiredTiger without journaling in a replica set is not supported.")
	}
	folder := p.option("storage.dbPath")
	if !s.files.has(folder) {
		return fail("NonExistentPath: Data directory %s not found.", folder)
	}
	if s.files[folder].owner != owner {
		return fail("Attempted to create a lock file on a read-only directory: %s", folder)
	}
	if f, ok := s.files[folder+"/"+storage]; ok {
		p.store = f.store
	} else {
		p.store = newStore(s.world.fcv())
		p.store.origin = s.key()
		s.files[folder+"/"+storage] = &file{store: p.store, owner: owner, mode: "0600"}
		if p.set == "" {
			p.store.found(s.world)
		}
	}
	p.store.noLocal = false
	if c := p.store.config; p.set != "" && c != nil && c.ID != p.set {
		return fail("Local replica set configuration document set name %s differs from command line set name %s", c.ID, p.set)
	}
	if p.set == "" && p.store.torn && p.store.config != nil {
		s.world.t.Errorf("%s: is started outside of its set after it was killed: what only its oplog had is lost", s.key())
	}
	p.expires = p.set != "" || p.store.config == nil
	p.started = s.world.tick()
	s.run = p
	s.world.settle()
	return nil
}

// known are the options that this mongod has.
var known = map[string]bool{
	"storage.dbPath": true, "storage.wiredTiger.engineConfig.cacheSizeGB": true, "storage.engine": true, "storage.directoryPerDB": true, "storage.journal.enabled": true,
	"systemLog.destination": true, "systemLog.logAppend": true, "systemLog.path": true,
	"net.port": true, "net.bindIp": true, "net.bindIpAll": true, "net.tls.mode": true, "net.tls.certificateKeyFile": true, "net.tls.CAFile": true,
	"processManagement.timeZoneInfo": true, "processManagement.fork": true,
	"security.keyFile": true, "security.authorization": true, "security.transitionToAuth": true, "security.clusterAuthMode": true,
	"replication.replSetName": true, "replication.replSet": true, "replication.oplogSizeMB": true, "sharding.clusterRole": true,
}

// found gives a fresh folder what every mongod makes there.
func (s *store) found(w *World) {
	s.synced = true
	id := w.uuid()
	version, _ := bson.Marshal(bson.D{{Key: "_id", Value: "featureCompatibilityVersion"}, {Key: "version", Value: s.fcv}})
	s.db("admin").add("system.version", &collection{uuid: id, indexes: []bson.D{idIndex()}, docs: []bson.Raw{version}})
	s.db("config").add("system.sessions", &collection{uuid: w.uuid(), indexes: []bson.D{idIndex()}})
}

// stop is a clean shutdown.
func (s *Server) stop() {
	s.kill()
	s.failed = ""
	s.world.settle()
}

// kill ends the process.
func (s *Server) kill() {
	if s.run == nil {
		return
	}
	for c := range s.run.conns {
		c.Close()
	}
	s.run = nil
}
