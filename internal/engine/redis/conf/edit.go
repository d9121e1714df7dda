package conf

import (
	"slices"
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

// WithUser gives a file the line of a user, in the place of the one that it has, or takes that out when there are no rules. A
// new one comes before the line that includes Belt's file, which stays the last.
func WithUser(text, name string, rules []string) string {
	line := ""
	if rules != nil {
		line = "user " + name + " " + strings.Join(rules, " ") + "\n" // a file of the ACL knows no quotes
	}
	lines := slices.Collect(strings.Lines(text))
	at := slices.IndexFunc(lines, func(l string) bool { return isUser(l, name) })
	if at < 0 {
		at = slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) == remark })
	}
	var out strings.Builder
	for i, l := range lines {
		if i == at {
			out.WriteString(line)
		}
		if !isUser(l, name) {
			out.WriteString(l)
		}
	}
	if at >= 0 || line == "" {
		return out.String()
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		out.WriteString("\n")
	}
	return out.String() + line
}

func isUser(line, name string) bool {
	words := strings.Fields(line)
	return len(words) > 1 && words[0] == "user" && words[1] == name
}
