package docs

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/dbbelt/belt/internal/cli"
)

// help is a command's help text, taken apart at its headings.
type help struct {
	command     []string // "db", "status"; none for belt itself
	description string
	sections    map[string]string // by heading, such as "Flags"
}

// allFlags begins the heading of the flags that every command has.
const allFlags = "Flags of every command"

var heading = regexp.MustCompile(`^([A-Z][^:]*):$`)

// read asks the program for the help of a command.
func read(command ...string) (help, error) {
	var out, errs bytes.Buffer
	code := cli.Main(context.Background(), append(command, "--help"), strings.NewReader(""), &out, &errs, nil)
	if code != 0 {
		return help{}, fmt.Errorf("belt %s --help: exit code %d: %s", strings.Join(command, " "), code, errs.String())
	}
	h := help{command: command, sections: map[string]string{}}
	title := ""
	for line := range strings.Lines(out.String()) {
		line = strings.TrimRight(line, "\n")
		if found := heading.FindStringSubmatch(line); found != nil {
			title, _, _ = strings.Cut(found[1], " (")
			continue
		}
		if title == "" {
			h.description += line + "\n"
		} else {
			h.sections[title] += line + "\n"
		}
	}
	h.description = strings.TrimSpace(h.description)
	for title, text := range h.sections {
		h.sections[title] = strings.Trim(text, "\n")
	}
	return h, nil
}

// entry is a line of a list: a command and what it does, a flag and what it means.
type entry struct{ name, text string }

// list reads a section's lines of two columns.
func (h help) list(title string) []entry {
	var out []entry
	list, _, _ := strings.Cut(h.sections[title], "\n\n")
	for line := range strings.Lines(list) {
		name, text, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			name, text, ok = strings.Cut(strings.TrimSpace(line), " ")
		}
		if ok {
			out = append(out, entry{name, strings.TrimSpace(text)})
		}
	}
	return out
}

// walk calls f for belt and for every command below it, in the order of the help.
func walk(f func(help) error, command ...string) error {
	h, err := read(command...)
	if err != nil {
		return err
	}
	if err := f(h); err != nil {
		return err
	}
	for _, sub := range h.list("Commands") {
		if err := walk(f, append(append([]string{}, command...), sub.name)...); err != nil {
			return err
		}
	}
	return nil
}
