package inventory

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

// reader walks the nodes of one file and collects what is wrong with them.
type reader struct {
	file      string // as to be shown
	dir       string // what relative paths are relative to
	problems  []Problem
	merges    int // how many << were followed
	sources   []sourceRef
	providers []item
}

func (r *reader) problem(at *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.pos(at), fmt.Sprintf(format, args...)})
}

func (r *reader) pos(at *yaml.Node) Pos { return Pos{File: r.file, Line: max(1, at.Line)} }

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func isMerge(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!merge" }

// kind names what a node is, for messages.
func kind(n *yaml.Node) string {
	switch {
	case yamltext.IsNull(n):
		return "empty"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	default:
		return fmt.Sprintf("%q", n.Value)
	}
}

// entry is one key of a mapping and its value; a value that came by an alias or a merge is where it was written.
type entry struct {
	key   *yaml.Node
	value *yaml.Node
}

// entries lists a mapping's keys, its own before those that << brings. An empty value is an empty mapping.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	n = resolve(n)
	if yamltext.IsNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, "%s has to be a mapping (key: value), not %s", what, kind(n))
		return nil
	}
	if n.ShortTag() != "!!map" {
		r.problem(n, "%s: the tag %s is not known", what, n.ShortTag())
	}
	seen := map[string]int{}
	return r.merge(n, what, seen, map[*yaml.Node]bool{})
}

func (r *reader) merge(n *yaml.Node, what string, seen map[string]int, active map[*yaml.Node]bool) []entry {
	const mergeLimit = 10000 // merges of merges multiply: a small file could take forever
	if r.merges++; active[n] || r.merges > mergeLimit {
		r.problem(n, "%s: << merges a mapping into itself, or too many of them", what)
		return nil
	}
	active[n] = true
	defer delete(active, n)

	var list []entry
	var merged []*yaml.Node
	own := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), resolve(n.Content[i+1])
		switch {
		case isMerge(key):
			merged = append(merged, value)
		case key.Kind != yaml.ScalarNode:
			r.problem(key, "%s: a key has to be a name, not %s", what, kind(key))
		case own[key.Value]:
			r.problem(n.Content[i], "%s: %s is there twice, first on line %d", what, key.Value, seen[key.Value])
		default:
			own[key.Value] = true
			if _, nearer := seen[key.Value]; !nearer {
				seen[key.Value] = n.Content[i].Line
				list = append(list, entry{n.Content[i], value})
			}
		}
	}
	for _, from := range merged {
		sources := []*yaml.Node{from}
		if from.Kind == yaml.SequenceNode {
			sources = from.Content
		}
		for _, source := range sources {
			if source = resolve(source); source.Kind != yaml.MappingNode {
				r.problem(source, "%s: << merges a mapping or a list of them, not %s", what, kind(source))
				continue
			}
			list = append(list, r.merge(source, what, seen, active)...)
		}
	}
	return list
}

// fields are the keys that a block may have, and what reads each.
type fields map[string]func(*yaml.Node)

// object reads a block with fixed keys. forbidden explains keys that people expect and that are not there on purpose.
func (r *reader) object(n *yaml.Node, what string, known fields, forbidden map[string]string) {
	for _, e := range r.entries(n, what) {
		key := resolve(e.key).Value
		if read, ok := known[key]; ok {
			read(e.value)
			continue
		}
		if why, ok := forbidden[key]; ok {
			r.problem(e.key, "%s: %s", what, why)
			continue
		}
		r.problem(e.key, "%s: unknown key %q%s", what, key, didYouMean(key, slices.Sorted(maps.Keys(known))))
	}
}

// block is object for a block that means nothing when it is empty.
func (r *reader) block(n *yaml.Node, what string, known fields, forbidden map[string]string) {
	if yamltext.IsNull(resolve(n)) || len(n.Content) == 0 && n.Kind == yaml.MappingNode {
		r.problem(n, "%s is empty: fill it in, or remove it", what)
		return
	}
	r.object(n, what, known, forbidden)
}

func (r *reader) problemAt(pos Pos, format string, args ...any) {
	r.problems = append(r.problems, Problem{pos, fmt.Sprintf(format, args...)})
}
