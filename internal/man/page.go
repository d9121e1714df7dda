package main

import (
	"regexp"
	"strings"
)

// command is one that a page is for.
type command struct {
	name  []string // "belt", "db", "status"
	short string
}

// page is a help text, taken apart.
type page struct {
	description string
	sections    []section
}

type section struct{ title, body string }

// heading is a line of its own such as "Flags:", at the margin.
var heading = regexp.MustCompile(`^([A-Z][^:]*):$`)

// parse takes a help text apart at its headings.
func parse(help string) page {
	var p page
	var title string
	var body []string
	flush := func() {
		text := strings.Trim(strings.Join(body, "\n"), "\n")
		if title == "" {
			p.description = text
		} else {
			p.sections = append(p.sections, section{title, text})
		}
	}
	for line := range strings.Lines(help) {
		line = strings.TrimRight(line, "\n")
		if found := heading.FindStringSubmatch(line); found != nil {
			flush()
			title, body = found[1], nil
			continue
		}
		body = append(body, line)
	}
	flush()
	return p
}

// under lists the commands in the section "Commands".
func (c command) under(p page) []command {
	var under []command
	for _, s := range p.sections {
		if s.title != "Commands" {
			continue
		}
		for line := range strings.Lines(s.body) {
			name, short, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name == "" {
				continue
			}
			under = append(under, command{
				name:  append(append([]string(nil), c.name...), name),
				short: strings.TrimSpace(short),
			})
		}
	}
	return under
}

// names are the usual names of sections in man pages.
var names = map[string]string{"Usage": "SYNOPSIS", "Flags": "OPTIONS", "Exit codes": "EXIT STATUS"}

// render writes the page in man's own language.
func (c command) render(p page, version string) string {
	var out strings.Builder
	dashed := strings.Join(c.name, "-")
	out.WriteString(".TH " + quote(strings.ToUpper(dashed)) + ` 1 "" ` + quote(version) + ` "Belt"` + "\n")
	out.WriteString(".SH NAME\n" + escape(dashed) + ` \- ` + escape(c.short) + "\n")
	description := func() {
		out.WriteString(".SH DESCRIPTION\n")
		for i, paragraph := range strings.Split(p.description, "\n\n") {
			if i > 0 {
				out.WriteString(".PP\n")
			}
			out.WriteString(escape(paragraph) + "\n")
		}
	}
	described := false
	for _, s := range p.sections {
		title := s.title
		if name := names[title]; name != "" {
			title = name
		}
		// Commands, flags and codes are tables: set as they are.
		out.WriteString(".SH " + quote(strings.ToUpper(title)) + "\n.nf\n" + escape(s.body) + "\n.fi\n")
		if title == "SYNOPSIS" {
			description()
			described = true
		}
	}
	if !described {
		description()
	}
	out.WriteString(".SH SEE ALSO\n" + strings.Join(c.seeAlso(p), ", ") + "\n")
	return out.String()
}

func (c command) seeAlso(p page) []string {
	var also []string
	if len(c.name) > 1 {
		also = append(also, reference(c.name[:len(c.name)-1]))
	}
	for _, sub := range c.under(p) {
		also = append(also, reference(sub.name))
	}
	return also
}

func reference(name []string) string { return `\fB` + escape(strings.Join(name, "-")) + `\fR(1)` }

// escape protects text from man: its escape character, hyphens that shall be
// copied as such, and lines that look like requests.
func escape(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func quote(text string) string {
	return `"` + strings.ReplaceAll(escape(text), `"`, `\(dq`) + `"`
}
