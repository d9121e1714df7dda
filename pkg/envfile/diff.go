package envfile

import (
	"maps"
	"slices"
	"strings"
)

// Kind says how a variable differs.
type Kind string

// The kinds of a Change.
const (
	Added   Kind = "added"
	Changed Kind = "changed"
	Removed Kind = "removed"
)

// Change is one variable that differs between two files. Old is empty for an
// added variable, New for a removed one.
type Change struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
	Kind Kind   `json:"kind"`
}

// Diff lists what has to change for old to become new, by name.
func Diff(old, new map[string]string) []Change {
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(old)) {
		value, ok := new[name]
		switch {
		case !ok:
			changes = append(changes, Change{Name: name, Old: old[name], Kind: Removed})
		case value != old[name]:
			changes = append(changes, Change{Name: name, Old: old[name], New: value, Kind: Changed})
		}
	}
	for name, value := range new {
		if _, ok := old[name]; !ok {
			changes = append(changes, Change{Name: name, New: value, Kind: Added})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Name, b.Name) })
	return changes
}

// Masked returns the change with its secrets hidden, for people and logs. A
// changed password then shows the same text on both sides.
func (c Change) Masked() Change {
	c.Old, c.New = Mask(c.Name, c.Old), Mask(c.Name, c.New)
	return c
}
