package ui

import (
	"os"
	"strings"

	"golang.org/x/term"
)

// Terminal finds out what the process writes to. env is os.Getenv; noColor is --no-color. Format, Quiet and Verbose are
// the caller's to set.
func Terminal(in, out, err *os.File, env func(string) string, noColor bool) Options {
	return Options{
		In: in, Out: out, Err: err,
		InTTY: term.IsTerminal(int(in.Fd())), OutTTY: term.IsTerminal(int(out.Fd())), ErrTTY: term.IsTerminal(int(err.Fd())),
		Dumb:    env("TERM") == "dumb" || env("TERM") == "",
		Color:   !noColor && env("NO_COLOR") == "" && env("TERM") != "dumb" && env("TERM") != "",
		Unicode: unicodeLocale(env),
		Width:   func() int { return size(80, 0, err, out) },
		Height:  func() int { return size(24, 1, err, out) },
	}
}

// unicodeLocale tells whether the locale's character set is UTF-8: the first of the three that is set decides (POSIX,
// Base Definitions 8.2).
func unicodeLocale(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(env(name)); value != "" {
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return false
}

// size asks each time, so that a terminal that was resized is drawn right with the next picture.
func size(otherwise, dimension int, files ...*os.File) int {
	for _, f := range files {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil {
			if n := []int{columns, rows}[dimension]; n > 0 {
				return n
			}
		}
	}
	return otherwise
}
