package ui

import (
	"regexp"
	"strings"
)

// columns are a line of a list: what stands before its last column, and that.
var columns = regexp.MustCompile(`^( +\S.*?  +)(\S.*)$`)

// Fit breaks a help text's lines to at most n columns: its paragraphs anew, and in a list the last column only.
func Fit(s string, n int) string {
	var out []string
	paragraph := ""
	end := func() {
		if paragraph != "" {
			out = append(out, wrap(paragraph, n)...)
			paragraph = ""
		}
	}
	for _, line := range splitLines(s) {
		if line != "" && !strings.HasPrefix(line, " ") {
			paragraph += line + " "
			if strings.HasSuffix(line, ":") { // a heading
				end()
			}
			continue
		}
		end()
		parts := columns.FindStringSubmatch(line)
		if width(line) <= n || parts == nil || width(parts[1]) > n/2 {
			out = append(out, line)
			continue
		}
		for i, text := range wrap(parts[2], n-width(parts[1])) {
			head := parts[1]
			if i > 0 {
				head = pad("", width(head))
			}
			out = append(out, head+text)
		}
	}
	end()
	return strings.Join(out, "\n") + "\n"
}
