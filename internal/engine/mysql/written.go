package mysql

import (
	"encoding/json"
	"maps"
)

// written is what Belt notes on a replica's server: what it wrote into the file of options, and what was before.
type written struct {
	Source  string            `json:"source"`           // host:port of what it follows
	Options map[string]string `json:"options"`          // as they stand in Belt's file
	Before  map[string]string `json:"before"`           // the values in force before, for those that leave files behind
	Begins  string            `json:"begins,omitempty"` // where it stood when it began to follow; its own binary log has what came since
	Known   string            `json:"known,omitempty"`  // MariaDB: what its binary log had as a primary, all of which the next one has
}

// written is the note on the server; the zero value when there is none.
func (n *native) written() written {
	var w written
	if err := json.Unmarshal([]byte(n.Notes.Written), &w); err != nil {
		return written{} // what cannot be read counts as nothing noted
	}
	return w
}

// options are those in Belt's file, as a primary's or as a replica's.
func (n *native) options() map[string]string {
	all := n.saved().texts()
	maps.Copy(all, n.written().Options)
	return all
}

// fenced tells whether it is a primary that was given up: Belt's options keep it from taking writes, and it follows nobody.
func (n *native) fenced() bool { return n.Notes.Written != "" && n.written().Source == "" }

// saved is what a primary's options were before Belt changed them, by name.
type saved map[string]savedOption

type savedOption struct {
	Was     string `json:"was"`     // the value that was in force
	To      string `json:"to"`      // as it stands in Belt's file
	Restart bool   `json:"restart"` // it takes effect only when the server starts
}

// saved is the note on the server; empty when there is none.
func (n *native) saved() saved {
	s := saved{}
	if err := json.Unmarshal([]byte(n.Notes.Saved), &s); err != nil {
		return saved{}
	}
	return s
}
