package replication

// State is how a replica is doing.
type State string

// The states of the contract.
const (
	Seeding    State = "seeding"     // the first copy is under way
	CatchingUp State = "catching-up" // follows, and is behind
	Streaming  State = "streaming"   // follows, and is at most a moment behind
	Stopped    State = "stopped"     // its server does not run
	Broken     State = "broken"      // runs or not reached, and cannot follow; Problem says why
	Diverged   State = "diverged"    // has changes of its own that the primary does not have
)

// States are all of them.
func States() []State { return []State{Seeding, CatchingUp, Streaming, Stopped, Broken, Diverged} }

// Healthy tells whether the replica follows without a problem.
func (s State) Healthy() bool { return s == Streaming }

// Topology is a group of servers and how they stand to each other.
type Topology struct {
	Target   string // "shop/postgresql"
	Engine   string
	Primary  *Facts // nil when there is none, or when it cannot be told; Problems says which
	Replicas []Replica
	// Standalone are members that neither follow the primary nor ever did: the targets of an enable.
	Standalone []Facts
	Leftovers  []Leftover
	// Begun are servers for which a member holds something although they are no members here: a run is making them
	// replicas, or did not finish.
	Begun    []Begun
	Problems []string // what is wrong with the group as a whole

	// Top is the server that takes the writes where Primary stands for one that is itself a replica; see [Topology.From].
	Top *Facts
}

// Begun is a server that is being made a replica, by the key that it has in the inventory: "shop/db2".
type Begun struct {
	Replica string
	Source  string // the key of the server that it is to replicate from
}

// Replica is one server that follows the primary, or should.
type Replica struct {
	Facts      Facts
	Source     Node // whom it replicates from, or should: the primary, or in a chain another replica; zero when there is none
	State      State
	LagSeconds *float64 // nil when it cannot be known
	LagBytes   *int64   // nil when it cannot be known
	Problem    string   // why it does not follow; empty when it does
	Fix        string   // the command that mends it, where there is one
}

// Leftover is something that an unfinished run left on a server.
type Leftover struct {
	Server string // label
	What   string // "replication slot belt_shop_db2 that nobody uses"
	Fix    string // "belt db replicate disable shop/postgresql --replica db2"
}

// Healthy tells whether there is a primary and every replica follows it.
func (t Topology) Healthy() bool {
	if t.Primary == nil || len(t.Problems) > 0 {
		return false
	}
	for _, r := range t.Replicas {
		if !r.State.Healthy() {
			return false
		}
	}
	return true
}

// Find returns the facts of the member, whatever part it plays, and false when it is none.
func (t Topology) Find(app, server string) (Facts, bool) {
	if p := t.Primary; p != nil && p.Node.App == app && p.Node.Server == server {
		return *p, true
	}
	for _, r := range t.Replicas {
		if r.Facts.Node.App == app && r.Facts.Node.Server == server {
			return r.Facts, true
		}
	}
	for _, f := range t.Standalone {
		if f.Node.App == app && f.Node.Server == server {
			return f, true
		}
	}
	return Facts{}, false
}
