package conf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// Directive is one line of a configuration.
type Directive struct {
	File string
	Line int
	Name string   // in lower case; one name for all spellings of a directive
	Args []string // without quotes
}

// Place is where the directive stands, for messages.
func (d Directive) Place() string { return fmt.Sprintf("%s:%d", d.File, d.Line) }

// Value are the arguments as one text.
func (d Directive) Value() string { return strings.Join(d.Args, " ") }

// Conf is a whole configuration, in the order in which the server reads it.
type Conf []Directive

// Parse reads lines of "FILE<tab>LINE<tab>TEXT".
func Parse(lines []string) Conf {
	var c Conf
	for _, line := range lines {
		file, rest, _ := strings.Cut(line, "\t")
		number, text, ok := strings.Cut(rest, "\t")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		words, err := talk.Words(text)
		if err != nil || len(words) == 0 {
			words = strings.Fields(text) // the server would not start with it; show it as it is
		}
		if len(words) > 0 {
			c = append(c, Directive{File: file, Line: n, Name: Canonical(words[0]), Args: words[1:]})
		}
	}
	return c
}

// older are names that mean the same: Redis 5 and Valkey 8 renamed what they had called by other words.
var older = map[string]string{
	"slaveof": "replicaof", "slave-read-only": "replica-read-only", "slave-serve-stale-data": "replica-serve-stale-data",
	"slave-priority": "replica-priority", "slave-ignore-maxmemory": "replica-ignore-maxmemory",
	"min-slaves-to-write": "min-replicas-to-write", "min-slaves-max-lag": "min-replicas-max-lag",
	"primaryauth": "masterauth", "primaryuser": "masteruser",
}

// Canonical is the name under which a directive is known here.
func Canonical(name string) string {
	name = strings.ToLower(name)
	if n, ok := older[name]; ok {
		return n
	}
	return name
}

// Last is the directive of that name that wins.
func (c Conf) Last(name string) (Directive, bool) {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].Name == name {
			return c[i], true
		}
	}
	return Directive{}, false
}

// Value is the value that wins, empty when none is set.
func (c Conf) Value(name string) string {
	d, _ := c.Last(name)
	return d.Value()
}

// Files are the files that it was read from, each once, the main one first.
func (c Conf) Files() []string {
	var out []string
	seen := map[string]bool{}
	for _, d := range c {
		if !seen[d.File] {
			seen[d.File] = true
			out = append(out, d.File)
		}
	}
	return out
}

// Renamed are the commands that have other names, by their own in lower case; an empty name is a command that was taken
// away.
func (c Conf) Renamed() map[string]string {
	out := map[string]string{}
	for _, d := range c {
		if d.Name == "rename-command" && len(d.Args) == 2 {
			out[strings.ToLower(d.Args[0])] = d.Args[1]
		}
	}
	return out
}
