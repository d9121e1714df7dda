package inventory

import "strings"

// ReplicationAddress is the address under which from reaches to for the replication of db; for a replica between apps, db is
// the replica's database. Within one app that is the internal address, between apps the other one; db.ReplicateOver decides
// otherwise. The internal address is used only where both servers have one: a server without one is not in that network.
func (inv *Inventory) ReplicationAddress(db Database, from, to Server) string {
	over := db.ReplicateOver
	if over == "" {
		over = "address"
		if from.App == to.App {
			over = "internal"
		}
	}
	if over == "internal" && from.Internal != "" && to.Internal != "" {
		return to.Internal
	}
	return to.Address
}

// VariablePrefix begins the name of every variable of the database: "POSTGRESQL", or "REDIS_SESSIONS" for a database that is
// not named as its engine. MariaDB's begin with MYSQL and Valkey's with REDIS: that is what applications read.
func (d Database) VariablePrefix() string {
	prefix := strings.ToUpper(d.Engine)
	switch d.Engine {
	case MariaDB:
		prefix = "MYSQL"
	case Valkey:
		prefix = "REDIS"
	}
	if d.Name == d.Engine {
		return prefix
	}
	return prefix + "_" + strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(d.Name))
}
