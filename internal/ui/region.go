package ui

import (
	"fmt"
	"strings"
)

// region is the lines at the bottom of a terminal that are drawn over and over. Between two drawings the cursor rests
// below them, at the beginning of a line.
type region struct {
	widths []int // of the lines as they were drawn last
}

// replace returns what draws the lines in the place of those before, with final lines above them that stay. No line may
// be wider than the terminal.
func (r *region) replace(columns int, final, lines []string) string {
	var b strings.Builder
	if rows := r.rows(columns); rows > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", rows)
	} else {
		b.WriteString("\r")
	}
	r.widths = r.widths[:0]
	for _, line := range final {
		b.WriteString(line + "\x1b[K\n")
	}
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
		r.widths = append(r.widths, width(line))
	}
	b.WriteString("\x1b[J")
	return b.String()
}

// rows is the height of the region now: a terminal that was made narrower has broken the lines that became too long.
func (r *region) rows(columns int) int {
	rows := 0
	for _, w := range r.widths {
		rows++
		if columns > 0 && w > columns {
			rows += (w - 1) / columns
		}
	}
	return rows
}
