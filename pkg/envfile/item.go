package envfile

import "bytes"

// kind says what an item of a line format is.
type kind int

const (
	blank kind = iota
	comment
	definition // sets one or several variables
	neutral    // understood, defines nothing: "set -a", "export A"
	opaque     // anything else: kept, and never looked into
)

// item is one logical line with its terminator. The items of a file follow each
// other without a gap, so joined they are the file.
type item struct {
	kind       kind
	start, end int
	vars       []variable
}

// variable is one definition inside an item. Offsets are into the file.
type variable struct {
	name, value string
	start       int  // of the name
	vstart      int  // of the value's text, quotes included
	vend        int  // past the value's text
	exact       bool // value is what any reader makes of the text: nothing in it is expanded
	exported    bool
	unset       bool // the line takes the variable away
}

// lineEnd returns the offset past the newline that ends the line at i.
func lineEnd(src []byte, i int) int {
	if n := bytes.IndexByte(src[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(src)
}

// trimEOL returns the offset of the terminator of the line that ends at end.
func trimEOL(src []byte, start, end int) int {
	if end > start && src[end-1] == '\n' {
		end--
		if end > start && src[end-1] == '\r' {
			end--
		}
	}
	return end
}

func skipBlanks(src []byte, i int) int {
	for i < len(src) && isBlank(src[i]) {
		i++
	}
	return i
}

// scanName returns the offset past the name at i; i itself when there is none.
func scanName(src []byte, i int) int {
	if i < len(src) && src[i] >= '0' && src[i] <= '9' {
		return i
	}
	for i < len(src) && isNameByte(src[i]) {
		i++
	}
	return i
}

// skipWord returns the offset past word and the blanks behind it, or i when the
// text at i is not that word followed by a blank.
func skipWord(src []byte, i int, word string) int {
	end := i + len(word)
	if end < len(src) && string(src[i:end]) == word && isBlank(src[end]) {
		return skipBlanks(src, end)
	}
	return i
}
