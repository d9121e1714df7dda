package replica

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes for people.
func Size(n int64) string { return humanize.Bytes(uint64(max(0, n))) }

// Count is "1 write", "2 writes".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Choose is one of two texts.
func Choose(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// Prefixed are the lines, each behind the prefix.
func Prefixed(prefix string, lines []string) []string {
	out := make([]string, 0, len(lines)+1)
	for _, l := range lines {
		out = append(out, prefix+l)
	}
	return out
}
