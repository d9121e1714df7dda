package compare

import (
	_ "embed"
	"strconv"
)

var (
	//go:embed digest.lua
	digestLua string
	//go:embed scan.lua
	scanLua string
	//go:embed named.lua
	namedLua string
	//go:embed names.lua
	namesLua string
	//go:embed missing.lua
	missingLua string
	//go:embed piece.lua
	pieceLua string
)

// The size of what one call of a script looks at: it blocks its server for as long.
const (
	pageKeys  = 2000
	pageNames = 5000      // where only names are asked for
	mostParts = 1000      // elements of a key from which on it is read in pieces
	heavy     = 256 << 10 // bytes of a key from which on it is read in pieces
	budget    = 1 << 20   // bytes
	pieces    = 500       // elements of a piece
)

// abilities are what the scripts have to know of a server.
type abilities struct{ absolute, fields bool }

func (a abilities) eval(script string, args ...string) []string {
	flag := map[bool]string{true: "1", false: "0"}
	settings := []string{strconv.Itoa(mostParts), strconv.Itoa(heavy), strconv.Itoa(budget), flag[a.absolute], flag[a.fields]}
	return append(append([]string{"EVAL", digestLua + script, "0"}, settings...), args...)
}

// plainEval is a script that needs no digest.
func plainEval(script string, args ...string) []string {
	return append([]string{"EVAL", script, "0"}, args...)
}
