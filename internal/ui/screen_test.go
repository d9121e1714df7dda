package ui

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// screen is a small terminal: what it shows after everything that was written to it.
type screen struct {
	mu       sync.Mutex
	columns  int
	lines    [][]rune
	row, col int
	hidden   bool // the cursor
	pending  string
}

func newScreen(columns int) *screen { return &screen{columns: columns, lines: [][]rune{nil}} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.pending + string(p)
	s.pending = ""
	for text != "" {
		if strings.HasPrefix(text, "\x1b") {
			end := strings.IndexFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
			if end < 0 {
				s.pending = text
				break
			}
			s.control(text[1:end], text[end])
			text = text[end+1:]
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch r {
		case '\r':
			s.col = 0
		case '\n':
			s.row, s.col = s.row+1, 0
		default:
			if s.col == s.columns {
				s.row, s.col = s.row+1, 0
			}
			s.put(r)
		}
		s.grow()
	}
	return len(p), nil
}

func (s *screen) grow() {
	for len(s.lines) <= s.row {
		s.lines = append(s.lines, nil)
	}
}

func (s *screen) put(r rune) {
	s.grow()
	line := s.lines[s.row]
	for len(line) <= s.col {
		line = append(line, ' ')
	}
	line[s.col] = r
	s.lines[s.row] = line
	s.col++
}

func (s *screen) control(arguments string, final byte) {
	number, err := strconv.Atoi(strings.TrimPrefix(arguments, "["))
	switch {
	case final == 'A' && err == nil:
		s.row = max(s.row-number, 0)
	case final == 'K':
		if line := s.lines[s.row]; s.col < len(line) {
			s.lines[s.row] = line[:s.col]
		}
	case final == 'J':
		s.control("", 'K')
		s.lines = s.lines[:s.row+1]
	case arguments == "[?25":
		s.hidden = final == 'l'
	case final == 'm':
	default:
		panic("the screen does not know ESC " + arguments + string(final))
	}
}

// resize makes the screen narrower, as terminals do that break lines anew. The cursor stays behind the last line.
func (s *screen) resize(columns int) {
	old := s.lines
	s.columns, s.lines = columns, nil
	for _, line := range old {
		for len(line) > columns {
			s.lines = append(s.lines, slices.Clone(line[:columns]))
			line = line[columns:]
		}
		s.lines = append(s.lines, line)
	}
	s.row = len(s.lines) - 1
}

// String is what the screen shows, without spaces and lines at the end.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, line := range s.lines {
		out = append(out, strings.TrimRight(string(line), " "))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}
