package main

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Sizes in pixels. A letter of a monospace font is about 0.6 as wide as its size.
const (
	size    = 14
	letter  = 8.4
	leading = 19
	margin  = 18
	bar     = 36 // of the window, with its title
	columns = 80
)

const frame = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">
<style>
text { font: %dpx ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d7dce2; white-space: pre }
.b { font-weight: 700; fill: #fff }
.dim { fill: #7d8794 } .red { fill: #ff7b72 } .green { fill: #7ee787 } .yellow { fill: #e3b341 }
.blue { fill: #79c0ff } .magenta { fill: #d2a8ff } .cyan { fill: #76e3ea }
</style>
<rect width="100%%" height="100%%" rx="10" fill="#15191f"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
<text x="50%%" y="23" text-anchor="middle" class="dim">%s</text>
`

// draw returns the picture of the lines in a window with a title.
func draw(title string, lines [][]run) string {
	widest := columns
	for _, line := range lines {
		n := 0
		for _, r := range line {
			n += utf8.RuneCountInString(r.text)
		}
		widest = max(widest, n)
	}
	width, height := int(2*margin+letter*float64(widest)+0.5), bar+len(lines)*leading+margin
	title = html.EscapeString(title)
	var out strings.Builder
	fmt.Fprintf(&out, frame, width, height, width, height, title, size, title)
	for i, line := range lines {
		at := 0
		for _, r := range line {
			for _, w := range words(r.text) {
				// textLength keeps the grid where the font is wider or narrower than expected.
				fmt.Fprintf(&out, `<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>`+"\n",
					margin+letter*float64(at+w.at), bar+(i+1)*leading-5, letter*float64(utf8.RuneCountInString(w.text)), r.class(), html.EscapeString(w.text))
			}
			at += utf8.RuneCountInString(r.text)
		}
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// word is text without two blanks in a row: not every reader of SVG keeps them.
type word struct {
	at   int // column
	text string
}

func words(text string) []word {
	var out []word
	at := 0
	for _, part := range strings.SplitAfter(text, "  ") {
		if trimmed := strings.TrimSpace(part); trimmed != "" {
			lead := len(part) - len(strings.TrimLeft(part, " "))
			out = append(out, word{at + lead, trimmed})
		}
		at += utf8.RuneCountInString(part)
	}
	return out
}

// class is the attribute for the look.
func (l look) class() string {
	names := l.color
	if l.bold {
		names = strings.TrimSpace("b " + names)
	}
	if names == "" {
		return ""
	}
	return ` class="` + names + `"`
}
