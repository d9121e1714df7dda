// Package redis replicates Redis 6.0 to 8.0 and Valkey 8.1 to 9.1.
//
// The copy is the server's own: the target is started with `replicaof` in its configuration and an empty memory, and the
// primary forks and streams its data to it. What Belt adds is around that: an account of the replica's own, the primary
// opened as far as needed, buffers that hold for the time of the copy, the old data kept aside, and a proof. All that it
// sets stands in one file of its own, which the main configuration includes as its last line.
package redis

// The flavours of the engine: one code base until Redis 7.2, two since.
const (
	Redis  = "redis"
	Valkey = "valkey"
)

// Engine plans and proves replication of Redis or Valkey.
type Engine struct{ flavour string }

// New returns the engine of a flavour, [Redis] or [Valkey]: it says which of the two is meant where a server has both.
func New(flavour string) *Engine { return &Engine{flavour} }

// product is the flavour's name in messages.
func product(flavour string) string {
	if flavour == Valkey {
		return "Valkey"
	}
	return "Redis"
}
