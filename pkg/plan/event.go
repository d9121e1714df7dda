package plan

import "time"

// Kind is what happened to a step.
type Kind string

// The kinds of events, in the order in which a step can have them.
const (
	Started   Kind = "started"
	Moved     Kind = "progress"
	Finished  Kind = "done"
	Skipped   Kind = "skipped" // its effect was already there
	Failed    Kind = "failed"
	Undoing   Kind = "undoing"
	Undone    Kind = "undone"
	NotUndone Kind = "not-undone"
	GoesOn    Kind = "goes-on" // detached: its work goes on by itself on the server
)

// Event is one thing that happened while a plan ran.
type Event struct {
	Time   time.Time
	Kind   Kind
	Step   string // the step's id
	Server string
	Title  string
	Done   int64         // bytes, when Total or Done is not 0
	Total  int64         // bytes, 0 when unknown
	Note   string        // with Finished: what the step measured
	Took   time.Duration // with Finished, Failed, Undone
	Err    error
}

// Observer is told what happens. Events come one at a time, also those of lanes that run side by side; Apply waits for
// Event to return.
type Observer interface {
	Event(Event)
}
