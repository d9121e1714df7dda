package ops

import (
	"context"

	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Session is all that an operation works with.
type Session struct {
	Inventory *inventory.Inventory
	Connect   Connector
	Engines   Engines
	Screen    Screen
	Locks     Locks
	Streams   Streams // of backups
	Env       func(Pushing) Pusher
	Args      []string        // of the command line, for the journal
	ExitCode  func(error) int // for the journal
}

// Connector makes the way to run commands on a server.
type Connector interface {
	// Runner returns the way to server, which messages call label. It dials when it is first used.
	Runner(server inventory.Server, label string) remote.Runner
}

// Engines are the database products that this program replicates, by their name in the inventory.
type Engines map[string]replication.Engine

// Screen is where progress is shown and the user is asked.
type Screen interface {
	plan.Observer
	// Over says that no step is under way any more: what ends is not rolled back.
	Over()
	// Plan shows what is going to be done.
	Plan(plan.View)
	// CanAsk tells whether there is somebody to ask.
	CanAsk() bool
	// Confirm asks the user to go on.
	Confirm(ctx context.Context, question string) (bool, error)
	// Working shows that something is under way until the func that it returns is called.
	Working(text string) (stop func())
	// Note tells something worth knowing.
	Note(text string)
	// Warn tells something that may need the user's hand.
	Warn(text string)
}

// Change are the options that every changing command has.
type Change struct {
	DryRun     bool
	Yes        bool
	SkipChecks []string
	// Hard ends when the user wants to leave at once, even from the way back. Nil is never.
	Hard context.Context
}
