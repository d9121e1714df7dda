package ui

import (
	"strings"

	"github.com/briandowns/spinner"
)

// style is what may be written: colour or not, more than ASCII or not.
type style struct{ color, unicode bool }

func (s style) sgr(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string   { return s.sgr("1", text) }
func (s style) dim(text string) string    { return s.sgr("2", text) }
func (s style) red(text string) string    { return s.sgr("31", text) }
func (s style) green(text string) string  { return s.sgr("32", text) }
func (s style) yellow(text string) string { return s.sgr("33", text) }
func (s style) cyan(text string) string   { return s.sgr("36", text) }

func (s style) either(unicode, ascii string) string {
	if s.unicode {
		return unicode
	}
	return ascii
}

// The marks at the beginning of a line.
func (s style) done() string    { return s.green(s.either("✓", "+")) }
func (s style) skipped() string { return s.dim(s.either("·", "-")) }
func (s style) failed() string  { return s.red(s.either("✗", "x")) }
func (s style) undone() string  { return s.yellow(s.either("↶", "<")) }
func (s style) warning() string { return s.yellow("!") }
func (s style) goesOn() string  { return s.cyan(s.either("→", ">")) }
func (s style) note() string    { return s.dim(s.either("·", "-")) }
func (s style) ellipsis() string {
	return s.either("…", "...")
}

// working is the n-th picture of something that moves.
func (s style) working(n int) string {
	set := spinner.CharSets[9]
	if s.unicode {
		set = spinner.CharSets[14]
	}
	return s.cyan(set[n%len(set)])
}

// bar is a bar of the given width, filled to the fraction.
func (s style) bar(width int, fraction float64) string {
	full := min(max(int(fraction*float64(width)), 0), width)
	filled := strings.Repeat(s.either("━", "#"), full)
	empty := strings.Repeat(s.either("─", "."), width-full)
	return s.cyan(filled) + s.dim(empty)
}

// Style colours parts of a result, when whoever reads it can see colours.
type Style struct{ s style }

// Good is for what is as it should be.
func (s Style) Good(text string) string { return s.s.green(text) }

// Bad is for what is broken.
func (s Style) Bad(text string) string { return s.s.red(text) }

// Warn is for what needs a look.
func (s Style) Warn(text string) string { return s.s.yellow(text) }

// Dim is for what most readers skip.
func (s Style) Dim(text string) string { return s.s.dim(text) }

// Bold is for what all readers look for.
func (s Style) Bold(text string) string { return s.s.bold(text) }
