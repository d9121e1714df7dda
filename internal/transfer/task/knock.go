package task

import "time"

// Knock is what a mover is asked to find out about two servers: it waits for a call and calls, both at once.
type Knock struct {
	Token   string        `json:"token"`  // by which the two know each other
	Listen  string        `json:"listen"` // address to wait at
	Call    string        `json:"call"`   // address of the other
	Ports   Ports         `json:"ports"`
	Time    time.Duration `json:"time"`    // for all of it
	Measure time.Duration `json:"measure"` // for the rate
}

// Answer is what came of a [Knock].
type Answer struct {
	Port   int    `json:"port"`    // where the other answered; 0 for nowhere
	Rate   int64  `json:"rate"`    // bytes per second that arrived there
	Error  string `json:"error"`   // why it was not reached
	NoPort string `json:"no_port"` // why this end could not wait for a call
}
