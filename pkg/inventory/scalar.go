package inventory

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

// text reads a value of one line. Empty is an error: a key that says nothing is a mistake more often than a wish.
func (r *reader) text(n *yaml.Node, what string) string {
	value := r.script(n, what)
	if i := strings.IndexFunc(value, unicode.IsControl); i >= 0 {
		r.problem(n, "%s: holds a control character or a line break", what)
		return ""
	}
	return value
}

// script reads a value that may have several lines.
func (r *reader) script(n *yaml.Node, what string) string {
	n = resolve(n)
	if yamltext.IsNull(n) || n.Kind == yaml.ScalarNode && strings.TrimSpace(n.Value) == "" {
		r.problem(n, "%s is empty: give it a value, or remove the key", what)
		return ""
	}
	// Numbers and the like are taken by their letters: a user may be named 007.
	plain := []string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}
	switch tag := n.ShortTag(); {
	case n.Kind != yaml.ScalarNode:
		r.problem(n, "%s has to be a single value, not %s", what, kind(n))
		return ""
	case !slices.Contains(plain, tag):
		r.problem(n, "%s: the tag %s is not known", what, tag)
		return ""
	}
	return n.Value
}

var decimal = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)

// number reads a whole number from 1 to most.
func (r *reader) number(n *yaml.Node, what string, most int) int {
	n = resolve(n)
	if yamltext.IsNull(n) {
		r.problem(n, "%s is empty: give it a value, or remove the key", what)
		return 0
	}
	if n.ShortTag() == "!!int" && decimal.MatchString(n.Value) {
		if value, err := strconv.Atoi(n.Value); err == nil && value <= most {
			return value
		}
	}
	if n.ShortTag() == "!!str" && decimal.MatchString(n.Value) {
		r.problem(n, "%s has to be a number: write %s without quotes", what, n.Value)
		return 0
	}
	r.problem(n, "%s has to be a number from 1 to %d, not %s", what, most, kind(n))
	return 0
}

// oneOf reads one of the words, or "".
func (r *reader) oneOf(n *yaml.Node, what string, words []string) string {
	value := r.text(n, what)
	if value == "" || slices.Contains(words, value) {
		return value
	}
	const few = 4 // so few are better listed than guessed at: external is not internal
	if similar := Near(value, words); len(words) > few && len(similar) > 0 {
		r.problem(n, "%s %q is not known: did you mean %s?", what, value, orList(similar))
	} else {
		r.problem(n, "%s %q is not known: it is %s", what, value, orList(words))
	}
	return ""
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// checkName complains about a name that could not be a part of file names and variables.
func (r *reader) checkName(n *yaml.Node, what, name string) {
	if !nameForm.MatchString(name) {
		r.problem(n, "%s name %q: use at most 63 of a-z, 0-9, -, _ and ., and begin with a letter or digit", what, name)
	}
}

// item is one name of a list and where it is.
type item struct {
	name string
	at   *yaml.Node
}

// list reads a list of names; one that is there twice is an error.
func (r *reader) list(n *yaml.Node, what string) []item {
	n = resolve(n)
	switch {
	case yamltext.IsNull(n) || n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		r.problem(n, "%s is empty: name at least one, or remove the key", what)
		return nil
	case n.Kind == yaml.ScalarNode:
		r.problem(n, "%s has to be a list: [%s]", what, n.Value)
		return nil
	case n.Kind != yaml.SequenceNode:
		r.problem(n, "%s has to be a list, not %s", what, kind(n))
		return nil
	case n.ShortTag() != "!!seq":
		r.problem(n, "%s: the tag %s is not known", what, n.ShortTag())
		return nil
	}
	var items []item
	lines := map[string]int{}
	for _, at := range n.Content {
		name := r.text(at, "a name in "+what)
		if name == "" {
			continue
		}
		if line, again := lines[name]; again {
			r.problem(at, "%s lists %s twice, first on line %d", what, name, line)
			continue
		}
		lines[name] = at.Line
		items = append(items, item{name, at})
	}
	return items
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9.])?$`)

// host reads a host name or an IP address.
func (r *reader) host(n *yaml.Node, what string) string {
	value := r.text(n, what)
	if value == "" {
		return ""
	}
	if ip, err := netip.ParseAddr(value); err == nil {
		if ip.IsUnspecified() || ip.IsMulticast() {
			r.problem(n, "%s %s is not the address of one server", what, value)
		}
		return value
	}
	switch {
	case strings.Contains(value, "@"):
		r.problem(n, "%s %q: the user goes into ssh: {user: …}", what, value)
	case strings.Contains(value, "/"):
		r.problem(n, "%s %q: write the host name or IP address alone", what, value)
	case strings.Contains(value, ":"):
		r.problem(n, "%s %q: write the host name or IP address alone; a port goes into ssh: {port: …}", what, value)
	case !hostForm.MatchString(value) || numeric(value):
		r.problem(n, "%s %q is neither a host name nor an IP address", what, value)
	}
	return value
}

// sameHost is the same for two ways of writing one address.
func sameHost(name string) string {
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.Unmap().String()
	}
	return strings.TrimSuffix(strings.ToLower(name), ".")
}

// numeric tells whether a name has digits and dots only: an IP address with a mistake, never a host name.
func numeric(name string) bool { return strings.Trim(name, "0123456789.") == "" }

// localPath reads a path on the operator's machine: ~ is the home folder, and what is relative is so to the inventory.
func (r *reader) localPath(n *yaml.Node, what string) string {
	path := r.text(n, what)
	switch {
	case path == "":
		return ""
	case path == "~" || strings.HasPrefix(path, "~/"):
		home, err := os.UserHomeDir()
		if err != nil {
			r.problem(n, "%s %q: %v", what, path, err)
			return ""
		}
		return filepath.Join(home, path[1:])
	case strings.HasPrefix(path, "~"):
		r.problem(n, "%s %q: only ~/ is expanded, write the whole path", what, path)
		return ""
	case filepath.IsAbs(path):
		return filepath.Clean(path)
	}
	return filepath.Join(r.dir, path)
}

// serverPath reads a path on a server.
func (r *reader) serverPath(n *yaml.Node, what string) string {
	path := r.text(n, what)
	if path != "" && !strings.HasPrefix(path, "/") {
		r.problem(n, "%s %q has to be absolute: it is a path on the server", what, path)
		return ""
	}
	return path
}
