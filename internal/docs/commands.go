package docs

import (
	"fmt"
	"regexp"
	"strings"
)

const written = "<!-- Written by `make docs` from the program's own help: change that. -->\n"

// Commands returns the pages of docs/commands by their file names: one for each command that does something, and a
// README.md that lists them.
func Commands() (map[string]string, error) {
	pages := map[string]string{}
	var index strings.Builder
	index.WriteString(written + "# Commands\n\n| command | |\n|---|---|\n")
	shorts := map[string]string{}
	var flags []entry
	err := walk(func(h help) error {
		path := strings.Join(h.command, " ")
		for _, sub := range h.list("Commands") {
			shorts[strings.TrimSpace(path+" "+sub.name)] = sub.text
		}
		if flags == nil {
			flags = h.list(allFlags)
		}
		if h.sections["Commands"] != "" {
			return nil
		}
		file := strings.Join(h.command, "-") + ".md"
		pages[file] = page(h)
		fmt.Fprintf(&index, "| [`belt %s`](%s) | %s |\n", path, file, cell(shorts[path]))
		return nil
	})
	if err != nil {
		return nil, err
	}
	index.WriteString("\n`APP/` may be left out where the inventory has one app. Every name completes from the inventory in the shell. " +
		"A misspelt name is an error that lists near ones; a prefix is never enough to pick a server.\n" +
		"\n## Flags of every command\n\n" + table("flag", flags) +
		"\nEach flag can be given in the environment, too: `--max-rate` as `BELT_MAX_RATE`; see [environment](../environment.md).\n" +
		"The [exit codes](../exit-codes.md) are the same for all.\n")
	pages["README.md"] = index.String()
	return pages, nil
}

// page is that of one command.
func page(h help) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s# belt %s\n\n%s\n", written, strings.Join(h.command, " "), prose(h.description))
	fmt.Fprintf(&out, "\n```\n%s\n```\n", strings.TrimSpace(h.sections["Usage"]))
	if examples := h.sections["Examples"]; examples != "" {
		out.WriteString("\n```console\n")
		for line := range strings.Lines(examples) {
			command, note, _ := strings.Cut(strings.TrimSpace(line), "    ")
			out.WriteString("$ " + strings.TrimSpace(command))
			if note = strings.TrimSpace(note); note != "" {
				out.WriteString("   # " + note)
			}
			out.WriteString("\n")
		}
		out.WriteString("```\n")
	}
	var own []entry
	for _, flag := range h.list("Flags") {
		if !strings.Contains(flag.name, "--help") {
			own = append(own, flag)
		}
	}
	if len(own) > 0 {
		out.WriteString("\n## Flags\n\n" + table("flag", own) + "\nand the [flags of every command](README.md#flags-of-every-command).\n")
	} else {
		out.WriteString("\nIt has the [flags of every command](README.md#flags-of-every-command).\n")
	}
	out.WriteString("\n## Exit codes\n\n" + table("code", h.list("Exit codes")))
	if more := topics[strings.Join(h.command, " ")]; len(more) > 0 {
		out.WriteString("\nMore: " + strings.Join(more, ", ") + ".\n")
	}
	return out.String()
}

// prose sets the names of commands and flags apart, and leaves what is indented as it is.
func prose(text string) string {
	var out []string
	fenced := false
	for _, line := range strings.Split(text, "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != fenced && line != "" {
			out, fenced = append(out, "```"), indented
		}
		if !fenced {
			line = quoted(line)
		}
		out = append(out, line)
	}
	if fenced {
		out = append(out, "```")
	}
	return strings.Join(out, "\n")
}

var (
	singleQuoted = regexp.MustCompile(`(^| )'([a-z][^']*)'`)
	longFlag     = regexp.MustCompile(`(^| )(--[a-z][a-z-]*)`)
)

// quoted turns 'belt db status' and --flag into code.
func quoted(line string) string {
	return longFlag.ReplaceAllString(singleQuoted.ReplaceAllString(line, "$1`$2`"), "$1`$2`")
}

func table(name string, entries []entry) string {
	var out strings.Builder
	fmt.Fprintf(&out, "| %s | |\n|---|---|\n", name)
	for _, e := range entries {
		first := e.name
		if name == "flag" {
			first = "`" + first + "`"
		}
		fmt.Fprintf(&out, "| %s | %s |\n", first, cell(e.text))
	}
	return out.String()
}

func cell(text string) string { return strings.ReplaceAll(quoted(text), "|", `\|`) }

// topics are where a command is told of at length.
var topics = map[string][]string{
	"init":                 {"[the inventory](../inventory.md)", "[getting started](../getting-started.md)"},
	"check":                {"[the checks](../checks.md)"},
	"db status":            {"[its JSON](../json.md#status)"},
	"db promote":           {"[how PostgreSQL changes its primary](../postgresql.md#promote)", "[its JSON](../json.md#a-changing-command)"},
	"db replicate enable":  {"[how PostgreSQL is set up](../postgresql.md)", "[what happens if…](../what-happens-if.md)", "[the checks](../checks.md)"},
	"db replicate disable": {"[what is taken away](../postgresql.md#disable)", "[what happens if…](../what-happens-if.md)"},
	"db replicate resync":  {"[the ways to mend a replica](../postgresql.md#resync)", "[from cron](../cron.md)"},
	"db replicate verify":  {"[how rows are compared](../postgresql.md#verify)", "[its JSON](../json.md#verify)"},
	"db replicate wait":    {"[in scripts](../cron.md#wait-in-scripts)"},
	"db replicate undo":    {"[what is kept, and until when](../postgresql.md#undo-and-cleanup)"},
	"db replicate cleanup": {"[what is kept, and until when](../postgresql.md#undo-and-cleanup)"},
	"env show":             {"[the variables](../environment.md)"},
	"env diff":             {"[the variables](../environment.md)"},
	"env push":             {"[the variables](../environment.md#how-they-are-pushed)"},
	"env history":          {"[the variables](../environment.md#how-they-are-pushed)"},
	"log":                  {"[its JSON](../json.md#log)", "[where it is kept](../security.md#what-belt-writes-where)"},
	"completion":           {"[getting started](../getting-started.md#install)"},
}
