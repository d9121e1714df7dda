// Package postgresql replicates PostgreSQL 13 to 18 by streaming physical replication.
//
// The replica is a base backup that the target itself pulls from the primary, checked against its manifest, and then
// follows through a replication slot with a role of its own. All of its settings live in its data folder
// (postgresql.auto.conf, standby.signal), so the old folder that was moved aside is the old server, whole.
package postgresql

// Engine plans and proves replication of PostgreSQL.
type Engine struct{}

// New returns the engine.
func New() *Engine { return &Engine{} }
