package mongotest

import (
	"slices"
	"strings"
)

// allowed tells what keeps the command from being run.
func (r *request) allowed(known command) error {
	p := r.process
	if !p.lenient() && r.user == "" && !known.open {
		if !(known.local && r.local && len(p.store.users()) == 0) {
			return refuse(13, "Unauthorized", "command %s requires authentication", r.name)
		}
	}
	if r.user != "" && !known.open && !p.lenient() && !r.may(known) {
		return refuse(13, "Unauthorized", "not authorized on %s to execute command { %s: 1 }", r.db, r.name)
	}
	inSet := p.set != ""
	switch {
	case known.writes && inSet && p.state != primary && r.db != "local":
		return refuse(10107, "NotWritablePrimary", "not primary")
	case known.writes && inSet && r.db == "local":
		return refuse(20, "IllegalOperation", "Cannot drop '%s' database while replication is active", r.db)
	case known.reads && inSet && p.state != primary && p.state != secondary && r.db != "local" && r.name != "listDatabases":
		return refuse(13436, "NotPrimaryOrSecondary", "node is not in primary or recovering state")
	case known.reads && inSet && p.state == secondary && !r.secondaryOk() && r.db != "local" && r.name != "dbHash" && r.name != "collStats" && r.name != "dbStats":
		return refuse(13435, "NotPrimaryNoSecondaryOk", "not master and slaveOk=false")
	}
	return nil
}

// may tells whether the roles of the user who logged in allow the command: all of it, or reads, and writes in the user's own
// database.
func (r *request) may(known command) bool {
	switch {
	case slices.Contains(r.roles, "__system"):
		return true
	case slices.Contains(r.roles, "root"):
		return r.rootMay(known)
	case known.writes:
		return slices.Contains(r.roles, "readWrite") && strings.HasPrefix(r.user, r.db+".")
	}
	return known.reads
}

// readable are the collections of the system that the role root may read.
var readable = []string{"system.users", "system.roles", "system.version", "system.js", "system.profile", "system.replset"}

// rootMay tells whether the role root allows the command: not to read every collection of the system, nor to drop local.
func (r *request) rootMay(known command) bool {
	name, _ := r.arg.(string)
	switch {
	case r.name == "find" || r.name == "count":
		return !strings.HasPrefix(name, "system.") || strings.HasPrefix(name, "system.buckets.") || slices.Contains(readable, name)
	case r.name == "dropDatabase" && r.db == "local":
		a := r.process.find(r.user)
		return a != nil && slices.Contains(a.roles, "dbAdmin@local")
	}
	return true
}
