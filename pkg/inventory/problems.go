package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in an inventory file.
type Pos struct {
	File string // as to be shown: "belt.yaml"
	Line int    // from 1
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Problem is one thing that is wrong with an inventory.
type Problem struct {
	Pos     Pos
	Message string
}

func (p Problem) String() string { return p.Pos.String() + ": " + p.Message }

// Problems is everything that is wrong with an inventory, sorted by line.
type Problems struct {
	Path string
	List []Problem
}

// Error has one line for each problem: "belt.yaml:12: message".
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, one := range p.List {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// sorted orders by line and drops repetitions: a block that is used through an alias twice is wrong once.
func sorted(list []Problem) []Problem {
	slices.SortStableFunc(list, func(a, b Problem) int { return cmp.Compare(a.Pos.Line, b.Pos.Line) })
	seen := map[Problem]bool{}
	return slices.DeleteFunc(list, func(p Problem) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}
