package ui

import (
	"slices"
	"strings"
)

// Hints are the next steps that err and what it wraps know of, the outermost first, each once.
func Hints(err error) []string {
	var out []string
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		if h, ok := err.(interface{ Hint() string }); ok {
			if text := h.Hint(); text != "" && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
		switch w := err.(type) {
		case interface{ Unwrap() error }:
			walk(w.Unwrap())
		case interface{ Unwrap() []error }:
			for _, err := range w.Unwrap() {
				walk(err)
			}
		}
	}
	walk(err)
	return out
}

// Hint is all of [Hints] on one line.
func Hint(err error) string { return strings.Join(Hints(err), "; ") }

// errorText is err on one line.
func errorText(err error) string {
	if err == nil {
		return "no reason was given"
	}
	return clean(err.Error())
}
