package replication

import (
	"context"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// Depth says how much an inspection looks at.
type Depth int

const (
	// Glance is what status needs: roles, positions, left-overs. One round trip.
	Glance Depth = iota
	// Survey adds what the checks of a plan need: sizes, free disk, rates measured over about a second, settings.
	Survey
)

// Engine is one database product. Inspect, Probe and Verify ask servers; everything else is a pure function.
type Engine interface {
	// Inspect asks one server. Reads only: the node's Runner is a guarded one. What cannot be asked is in Facts.Err.
	Inspect(ctx context.Context, node Node, depth Depth) Facts

	// Probe asks what only a pair of servers can tell: whether replica reaches primary's database, over which address
	// and how fast. Reads only.
	Probe(ctx context.Context, primary, replica Facts, over string) Link

	// Topology sorts facts into roles. members are in the order of the inventory, those of the source first.
	Topology(target string, members []Facts) Topology

	// Check lists every precondition of replicating from the topology's primary to the request's targets.
	Check(Request) []plan.Check

	// The plans are made from the request alone. What speaks against one is in its checks; an error is a defect: a plan that is
	// not valid.
	PlanEnable(Request) (plan.Plan, error)
	PlanDisable(Request) (plan.Plan, error)
	PlanResync(Request) (plan.Plan, error)
	PlanUndo(Request) (plan.Plan, error)
	PlanCleanup(Request) (plan.Plan, error)

	// Verify compares one replica with its primary, row by row, while both are in use. What differs is no error; a
	// *[NotReadyError] says that nothing can be told now.
	Verify(ctx context.Context, primary, replica Facts, opts VerifyOptions, report plan.Progress) (Verification, error)
}

// Request is what a plan is made from.
type Request struct {
	Command  string // "db replicate enable"
	Run      string // the id of this run: lower-case letters and digits, new for each
	Topology Topology
	Targets  []Facts         // the replicas to make, mend or let go
	Links    map[string]Link // by the target's Node.Key
	Options  Options
}

// Options are the user's choices; each engine says in its documentation which it knows.
type Options struct {
	Over       string   // replicate_over of the inventory: "internal", "address" or empty
	Method     string   // resync: "auto", "restart", "rewind", "full"; empty is auto
	IfNeeded   bool     // resync: no step when everything is healthy
	DiscardOld bool     // give up the target's old data before the copy, where the disk cannot hold both
	Stop       bool     // disable: leave the replica stopped instead of writable
	NoRestart  bool     // disable: leave settings that need a restart of the primary for its next one
	Standalone bool     // disable: the primary of a group without replicas is no group of one either
	Votes      bool     // enable: replicas may become the primary by themselves, where their number allows it
	Lost       bool     // promote: the primary is gone and will not be waited for
	MaxRate    int64    // bytes per second for the copy, 0 for no limit
	KeepWAL    int64    // bytes of changes that the primary may retain for a stopped replica, 0 for a computed cap
	SkipChecks []string // names of checks that may fail, but for the vital ones
}

// Link is what a pair of servers showed.
type Link struct {
	Address   string // where the replica reaches the primary
	Port      int
	From      string        // the address that the primary sees the replica come from
	Reachable bool          // the database port answers from the replica's side
	HostUp    bool          // the host answers even though the port is closed (it may listen on localhost only)
	Encrypted bool          // the primary offered TLS
	Detail    string        // what the replica's side heard, or why it could not be asked
	RTT       time.Duration // until the answer to the knock; 0 where it is not measured

	// For engines whose servers call each other both ways.
	BackAddress string // host:port where the primary reaches the replica
	Back        bool   // that port answers from the primary's side
	BackUp      bool   // the host answers even though the port is closed
	BackDetail  string

	// Native is what else the engine found out about the pair; only the engine that made it looks inside.
	Native any
}

// Promoter is an [Engine] that makes a replica the primary.
type Promoter interface {
	// PlanPromote makes the request's one target the primary, and lets the others follow it. Links are those from each
	// follower to it. The step that ends the writes and the one that allows them again say so: [plan.Step.Closes], Opens. Pure.
	PlanPromote(Request) (plan.Plan, error)
}

// ClientChecker is an [Engine] whose applications have to reach every member of a group, by names that the members
// themselves give them.
type ClientChecker interface {
	// CheckClient asks an application's server whether it reaches the members. Reads only.
	CheckClient(ctx context.Context, client Node, members []Facts, over string) Reach
}

// Reach is what an application's server said of the members that it has to reach.
type Reach struct {
	Label     string   // of that server
	Addresses []string // that were tried
	Problems  []string // "10.0.0.22:27017: no route to host", one for each that it does not reach
}

// Named is an [Engine] that gives a group a name of its own, which the applications have to know.
type Named interface {
	// GroupName is the name of the primary's group, empty for none; replicated is whether it has replicas afterwards.
	GroupName(primary Facts, replicated bool, o Options) string
}

// VerifyOptions bounds the load of a comparison.
type VerifyOptions struct {
	ChunkBytes int64         // data compared at once; 0 for the engine's default
	MaxRate    int64         // bytes per second read on each side, 0 for no limit
	Patience   time.Duration // how long to wait for a replica to replay before a difference counts; 0 for a default
}

// Verification is the outcome of comparing one replica with its primary.
type Verification struct {
	Server      string // label of the replica
	Equal       bool
	Tables      int64 // tables, collections or databases, in the engine's sense
	Rows        int64 // rows, documents or keys
	Differences []Difference
	Skipped     []string // what cannot be compared and why (an unlogged table is empty on a replica by design)
}

// Difference is one place where replica and primary differ.
type Difference struct {
	Object string `json:"object"` // "public.orders"
	Detail string `json:"detail"` // "row id=42 differs"
}

// NotReadyError says that a comparison has no answer now: a server is down, or the replica is too far behind.
type NotReadyError struct{ Err error }

func (e *NotReadyError) Error() string { return e.Err.Error() }
func (e *NotReadyError) Unwrap() error { return e.Err }
