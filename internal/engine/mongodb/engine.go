// Package mongodb replicates MongoDB 4.4 to 8 with a replica set.
//
// The primary becomes a set of one by a restart, the only one; a replica is a member without a vote that copies everything
// by initial sync. The old data of its server lies beside the new folder, and the settings that mongod.conf had are noted.
// Belt speaks to mongod with the official driver, through its SSH connection to the server: no shell is needed there.
package mongodb

import "time"

// Engine plans and proves replication of MongoDB.
type Engine struct {
	second time.Duration // over which a survey measures how much is written
}

// New returns the engine.
func New() *Engine { return &Engine{second: time.Second} }
