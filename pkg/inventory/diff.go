package inventory

import (
	"fmt"
	"strings"
)

// Diff lists the lines that an edit takes away and adds, in the order of the file.
type Diff []DiffLine

// DiffLine is one line of a Diff.
type DiffLine struct {
	Line int    // its number, in the old text when it is taken away, in the new one when it is added
	Op   string // "-" or "+"
	Text string // without its line break
}

// String has one line for each change: "-12: servers: [db1]".
func (d Diff) String() string {
	var b strings.Builder
	for _, l := range d {
		fmt.Fprintf(&b, "%s%d: %s\n", l.Op, l.Line, l.Text)
	}
	return b.String()
}

// diff compares by the longest common subsequence of the lines between the first and the last difference.
func diff(before, after []byte) Diff {
	old, now := splitLines(before), splitLines(after)
	head := 0
	for head < len(old) && head < len(now) && old[head] == now[head] {
		head++
	}
	tail := 0
	for tail < len(old)-head && tail < len(now)-head && old[len(old)-1-tail] == now[len(now)-1-tail] {
		tail++
	}
	a, b := old[head:len(old)-tail], now[head:len(now)-tail]

	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var d Diff
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			d = append(d, DiffLine{head + i + 1, "-", a[i]})
			i++
		default:
			d = append(d, DiffLine{head + j + 1, "+", b[j]})
			j++
		}
	}
	return d
}

// splitLines leaves out the empty text behind the last line break.
func splitLines(text []byte) []string {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
