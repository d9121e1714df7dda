package program

import (
	"bytes"
	"io"
	"strings"
)

// lines hands each line on as it comes, and keeps the last few.
type lines struct {
	report func(string)
	part   []byte
	kept   []string
}

var _ io.Writer = (*lines)(nil)

func (l *lines) Write(p []byte) (int, error) {
	l.part = append(l.part, p...)
	for {
		i := bytes.IndexByte(l.part, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.take(string(l.part[:i]))
		l.part = l.part[i+1:]
	}
}

func (l *lines) end() {
	if len(l.part) > 0 {
		l.take(string(l.part))
		l.part = nil
	}
}

func (l *lines) take(line string) {
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	if l.report != nil {
		l.report(line)
	}
	if l.kept = append(l.kept, line); len(l.kept) > 5 {
		l.kept = l.kept[1:]
	}
}

func (l *lines) last() string { return strings.Join(l.kept, "; ") }
