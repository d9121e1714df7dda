package compare

import (
	"regexp"
	"strconv"
	"strings"
)

// plain is a value that needs no quotes to be told from the words around it.
var plain = regexp.MustCompile(`^[\p{L}\p{N}_.:+-]+$`)

// Label is how a row is called: id=42, or (a=1, b='x y').
func Label(columns, values []string) string {
	parts := make([]string, 0, len(columns))
	for i, column := range columns {
		value := ""
		if i < len(values) {
			value = values[i]
		}
		if cut := []rune(value); len(cut) > 80 {
			value = string(cut[:80]) + "…"
		}
		if !plain.MatchString(value) {
			quoted := strconv.Quote(value) // escapes what would break the line
			value = "'" + strings.NewReplacer(`\"`, `"`, `'`, `''`).Replace(quoted[1:len(quoted)-1]) + "'"
		}
		parts = append(parts, column+"="+value)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
