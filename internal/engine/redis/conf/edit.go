package conf

import (
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// remark stands before the line that includes Belt's file.
const remark = "# What belt set for replication; `belt db replicate disable` takes both lines out again."

// Include makes the last line of a main configuration file include another file. The rest stays as it is.
func Include(text, file string) string {
	text = Exclude(text, file)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + remark + "\n" + includeLine(file) + "\n"
}

// Exclude takes the line out that includes the file, and the remark before it.
func Exclude(text, file string) string {
	var out strings.Builder
	held := "" // a remark whose include may follow
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == remark:
			out.WriteString(held)
			held = line
			continue
		case trimmed == includeLine(file):
			held = ""
			continue
		}
		out.WriteString(held)
		held = ""
		out.WriteString(line)
	}
	out.WriteString(held)
	return out.String()
}

func includeLine(file string) string { return "include " + talk.Quote(file) }

// Setting is a directive to write.
type Setting struct {
	Name string
	Args []string
}

// Line is the setting as it stands in a file.
func (s Setting) Line() string { return talk.Line(append([]string{s.Name}, s.Args...)...) }

// Text is the content of Belt's own file.
func Text(settings []Setting) string {
	var b strings.Builder
	b.WriteString("# Written by belt for replication. Changes are lost; `belt db replicate disable` removes this file.\n")
	for _, s := range settings {
		b.WriteString(s.Line() + "\n")
	}
	return b.String()
}

// Replace gives a directive another value on its own line of a file's text, or takes the line out when there is none.
func Replace(text string, line int, with string) string {
	var out strings.Builder
	n := 0
	for l := range strings.Lines(text) {
		if n++; n != line {
			out.WriteString(l)
		} else if with != "" {
			out.WriteString(with + "\n")
		}
	}
	return out.String()
}
