package compare

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// ident quotes a name for SQL.
func ident(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

// unhex is what HEX made hexadecimal.
func unhex(s string) []byte {
	out, err := hex.DecodeString(s)
	if err != nil {
		return nil // NULL
	}
	return out
}

// readable is a value as people read it.
func readable(value string) string {
	if b := unhex(value); utf8.Valid(b) {
		return string(b)
	}
	return "0x" + value
}
