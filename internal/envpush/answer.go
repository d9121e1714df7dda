package envpush

import (
	"bytes"
	"strings"
)

// answer collects what a script prints, lines that begin with a word, and tells as soon as it has printed one.
type answer struct {
	tell map[string]func() // by the word; each is called once
	text bytes.Buffer
}

func newAnswer(tell map[string]func()) *answer { return &answer{tell: tell} }

func (a *answer) Write(b []byte) (int, error) {
	a.text.Write(b)
	for word, tell := range a.tell {
		if _, ok := a.line(word); ok {
			delete(a.tell, word)
			tell()
		}
	}
	return len(b), nil
}

// line is what follows the word on the first whole line that begins with it.
func (a *answer) line(word string) (string, bool) {
	for line := range strings.Lines(a.text.String()) {
		line, whole := strings.CutSuffix(line, "\n")
		if first, rest, _ := strings.Cut(line, " "); whole && first == word {
			return rest, true
		}
	}
	return "", false
}

// behind is all that follows the line that begins with the word.
func (a *answer) behind(word string) string {
	_, rest, _ := strings.Cut("\n"+a.text.String(), "\n"+word+" ")
	_, rest, _ = strings.Cut(rest, "\n")
	return rest
}
