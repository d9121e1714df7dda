// Package task is what Belt tells its two movers: what [transfer] writes down and [mover] reads. It is a room of its own
// so that Belt's engines, which start no programs, do not have the mover in them.
//
// [transfer]: https://pkg.go.dev/github.com/dbbelt/belt/internal/transfer
// [mover]: https://pkg.go.dev/github.com/dbbelt/belt/internal/transfer/mover
package task

import "time"

// Version is raised when an older mover would misunderstand a task. It is also what two movers agree on.
const Version = 1

// The names of a mover's inputs, in the folder of its job's files.
const (
	File    = "task.json"
	Tool    = "tool"
	OwnKey  = "own.pem"  // certificate and key
	PeerKey = "peer.pem" // the other end's certificate
	Program = "mover.gz"
)

// Socket is where an end listens whose connections are brought to it by Belt, in the job's current folder.
const Socket = "mover.sock"

// Exit codes of a mover, beside 0.
const (
	Failed     = 1 // for a reason of this end's own
	PeerFailed = 3 // the other end said that it failed
	NoContact  = 4 // the other end could not be reached, or not any more
)

// Ports are the ports that a listening end may take; the first free one is taken, and the other end tries them all.
type Ports struct {
	First int `json:"first"`
	Count int `json:"count"`
}

// Task is one end's part in moving a stream. Durations are in nanoseconds.
type Task struct {
	Version int    `json:"version"`
	Sends   bool   `json:"sends"`
	Peer    string `json:"peer"` // the label of the other end's server, in messages

	// One of these: whom to call, or where to wait for calls. An empty Listen with Relayed waits at Socket.
	Dial    string `json:"dial,omitempty"`
	Listen  string `json:"listen,omitempty"`
	Relayed bool   `json:"relayed,omitempty"`
	Ports   Ports  `json:"ports"`

	Connections int           `json:"connections"`
	Total       int64         `json:"total"`    // bytes expected, 0 when unknown
	MaxRate     int64         `json:"max_rate"` // bytes per second on the wire, 0 for no limit
	Compress    string        `json:"compress"` // "auto", "always" or "never"
	FirstWait   time.Duration `json:"first_wait"`
	Patience    time.Duration `json:"patience"`
}
