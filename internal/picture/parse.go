package main

import (
	"strconv"
	"strings"
)

// look is how letters look; the zero value is plain.
type look struct {
	color string // a class of the picture: "red", "dim"; empty for the usual one
	bold  bool
}

// run is text of one look.
type run struct {
	look
	text string
}

// colors are the eight of ECMA-48, in their order. Bright ones are drawn as their own.
var colors = []string{"dim", "red", "green", "yellow", "blue", "magenta", "cyan", ""}

// parse reads lines with escape sequences (SGR). Empty lines at the end are dropped.
func parse(text string) [][]run {
	var lines [][]run
	var now look
	for line := range strings.Lines(text) {
		var runs []run
		rest := strings.TrimRight(line, "\r\n")
		for rest != "" {
			before, after, found := strings.Cut(rest, "\x1b")
			if before != "" {
				runs = append(runs, run{now, before})
			}
			if !found {
				break
			}
			rest = now.escape(after)
		}
		lines = append(lines, trim(runs))
	}
	for len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// trim drops the blanks at the end of a line.
func trim(runs []run) []run {
	for len(runs) > 0 {
		last := &runs[len(runs)-1]
		if last.text = strings.TrimRight(last.text, " "); last.text != "" {
			break
		}
		runs = runs[:len(runs)-1]
	}
	return runs
}

// escape obeys the sequence at the start of text, if it is one of colors, and returns what follows it.
func (l *look) escape(text string) string {
	if !strings.HasPrefix(text, "[") {
		return text[min(1, len(text)):] // a sequence of one letter
	}
	end := strings.IndexFunc(text[1:], func(r rune) bool { return r >= '@' && r <= '~' })
	if end < 0 {
		return ""
	}
	codes, rest := text[1:1+end], text[2+end:]
	if text[1+end] == 'm' {
		l.set(strings.Split(codes, ";"))
	}
	return rest
}

func (l *look) set(codes []string) {
	for i := 0; i < len(codes); i++ {
		code, err := strconv.Atoi(codes[i])
		if err != nil {
			code = 0 // an empty one is 0
		}
		switch {
		case code == 0:
			*l = look{}
		case code == 1:
			l.bold = true
		case code == 2:
			l.color = "dim"
		case code == 22:
			l.bold = false
			if l.color == "dim" {
				l.color = ""
			}
		case code >= 30 && code <= 37:
			l.color = colors[code-30]
		case code >= 90 && code <= 97:
			l.color = colors[code-90]
		case code == 39:
			l.color = ""
		case code == 38 || code == 48: // a color of more than eight: passed over
			if i+1 < len(codes) && codes[i+1] == "2" {
				i += 4
			} else {
				i += 2
			}
		}
	}
}
