package compare

import (
	_ "embed"
	"strconv"
)

var (
	//go:embed digest.lua
	digestLua string
	//go:embed groups.lua
	groupsLua string
	//go:embed named.lua
	namedLua string
	//go:embed missing.lua
	missingLua string
	//go:embed piece.lua
	pieceLua string
	//go:embed size.lua
	sizeLua string
)

// The size of what one call looks at: it blocks its server for as long.
const (
	pageNames = 8000 // keys of which the names alone are asked for
	callKeys  = 1000
	budget    = 1 << 20   // bytes
	mostParts = 1000      // elements of a key from which on it is read in pieces
	heavy     = 256 << 10 // bytes of a key from which on it is read in pieces
	pieces    = 500       // elements of a piece
)

// The size of a group, which has one digest.
const (
	groupKeys  = 64
	groupBytes = 128 << 10
)

// abilities are what is known of a server.
type abilities struct {
	absolute, fields bool
	plain            bool // it runs no scripts for Belt
}

func (a abilities) eval(script string, args ...string) []string {
	settings := []string{strconv.Itoa(mostParts), strconv.Itoa(heavy), strconv.Itoa(budget), flag(a.absolute), flag(a.fields)}
	return append(append([]string{"EVAL", digestLua + script, "0"}, settings...), args...)
}

func flag(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// plainEval is a script that needs no digest.
func plainEval(script string, args ...string) []string {
	return append([]string{"EVAL", script, "0"}, args...)
}
