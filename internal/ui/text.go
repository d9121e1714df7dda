package ui

import (
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// clean makes one line of s, without anything that a terminal would obey: what servers say is shown, not executed.
func clean(s string) string {
	return strings.Join(strings.Fields(strip(s)), " ")
}

// strip removes what a terminal would obey, and keeps the lines.
func strip(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// width is the number of columns that s takes.
func width(s string) int { return text.StringWidthWithoutEscSequences(s) }

// cut shortens s, which has no escape sequences, to at most n columns.
func cut(s string, n int, ellipsis string) string {
	if width(s) <= n {
		return s
	}
	if n <= width(ellipsis) {
		return text.Trim(ellipsis, max(n, 0))
	}
	return strings.TrimRight(text.Trim(s, n-width(ellipsis)), " ") + ellipsis
}

// pad fills s up with spaces to n columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(n-width(s), 0)) }

// wrap breaks s into lines of at most n columns, at spaces where it can. 0 is no limit.
func wrap(s string, n int) []string {
	var lines []string
	for _, paragraph := range splitLines(s) {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			switch {
			case line == "":
				line = word
			case n > 0 && width(line)+1+width(word) > n:
				lines, line = append(lines, line), word
			default:
				line += " " + word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func splitLines(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") }
