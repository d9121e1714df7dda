package replication

import "context"

// Installer is an [Engine] whose server program can be put on a fresh server.
type Installer interface {
	// Needs asks a primary what a fresh server needs to be its replica. Reads only.
	Needs(ctx context.Context, primary Facts) (Needs, error)
}

// Needs is what a primary has that a fresh server needs to be its replica.
type Needs struct {
	Product  string    // in messages: "PostgreSQL 15"
	Packages []Package // the server program first
	Offers   string    // a regular expression of the packages that are told of when the right one is not offered
	Locales  []string  // "de_DE.UTF-8", as locale.gen names them
	Bytes    int64     // what the data takes on the primary's disk; 0 when it was not measured
	Data     string    // the folder of the data on the primary
	Tuned    []Tuned   // what somebody has set on the primary
	Tuning   Tuning
}

// Package is a package of a server's own package manager.
type Package struct {
	Name string
	// Series is how its version has to begin: "15", "10.11". Empty for any.
	Series string
}

// Tuned is one setting of the primary.
type Tuned struct {
	Name  string
	Value string
	// Bytes is the value where it is an amount of memory, which grows and shrinks with the server's; else 0.
	Bytes int64
}

// Tuning is how settings get to a fresh server.
type Tuning struct {
	File string // that Render writes
	// Render is the text of the file. bytes writes an amount of memory as the engine reads it.
	Render func([]Tuned) string
	Bytes  func(int64) string
	// Apply is a script that makes the instance use the file, $1, and Revert one that follows once the file is gone.
	Apply, Revert string
}
