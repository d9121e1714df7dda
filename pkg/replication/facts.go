package replication

import "time"

// Facts is what one server said of itself and of its database instance at one moment. Nothing of it is cached.
type Facts struct {
	Node Node
	At   time.Time // by the operator's clock

	// Err is why the server could not be asked (unreachable, no sudo, …); everything below is then zero.
	Err error

	Host Host

	Installed bool   // the engine's server program is there
	Running   bool   // the instance answers
	Problem   string // why it is not running, or does not answer
	Version   string // "15.18"
	Writable  bool   // takes writes now
	Replica   bool   // set up to follow another server, running or not
	Follows   string // "address:port" of what it follows, empty when unknown
	Identity  string // the lineage of the data: equal on a primary and its exact copies
	Instance  string // this very running process; equal only when two names lead to one server
	Position  string // where it stands in the stream of changes, in the engine's notation

	Unfinished string     // the command of a run that did not finish here: "db replicate enable"; empty for none
	Kept       []KeptData // old data that lies beside the data in use, oldest first

	// Native is the engine's own, fuller picture; only the engine that made it looks inside.
	Native any
}

// Host is what the operating system said.
type Host struct {
	Hostname  string
	MachineID string // of systemd; equal on servers made from one image
	Arch      string // "x86_64"
	OS        string // "Debian GNU/Linux 12 (bookworm)"
	Glibc     string // "2.36"
	Cores     int
	Memory    int64   // bytes
	Clock     float64 // seconds since 1970 on the server, for comparison with the operator's at the same moment
	Skew      float64 // seconds by which the server's clock is ahead of the operator's, within the round trip
	Systemd   bool
	Addresses []string // all of its IP addresses
}

// KeptData is old data of a server that an enable or a resync set aside.
type KeptData struct {
	Run     string // the id of the run that set it aside
	Command string // "db replicate enable"
	Time    string // RFC 3339
	Bytes   int64  // on disk; 0 when it was not measured
	Replica bool   // it was a replica's: undo makes the server a replica again, else a server of its own
}
