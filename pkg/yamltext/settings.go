package yamltext

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Settings are the values of a configuration file, named by their keys: "net.port". A value is a single one, never a
// list.
type Settings struct{ text []byte }

// ReadSettings reads a file's text. It may be empty.
func ReadSettings(text string) (*Settings, error) {
	s := &Settings{text: []byte(text)}
	_, err := s.top()
	return s, err
}

// String is the text as it is now.
func (s *Settings) String() string { return string(s.text) }

// top is the outermost mapping; nil when the file says nothing.
func (s *Settings) top() (*yaml.Node, error) {
	top, second, err := Decode(s.text)
	switch {
	case err != nil:
		return nil, err
	case second != nil:
		return nil, fmt.Errorf("line %d: a second document begins", second.Line)
	case top == nil || IsNull(top):
		return nil, nil
	case top.Kind != yaml.MappingNode:
		return nil, fmt.Errorf("line %d: no settings in the form key: value", top.Line)
	}
	return top, nil
}

// All are the values that the file gives, by their dotted names. What is a list is not among them.
func (s *Settings) All() map[string]string {
	out := map[string]string{}
	if top, err := s.top(); err == nil && top != nil {
		collect(out, "", top)
	}
	return out
}

func collect(out map[string]string, prefix string, mapping *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		name, value := prefix+mapping.Content[i].Value, resolved(mapping.Content[i+1])
		switch {
		case value.Kind == yaml.MappingNode:
			collect(out, name+".", value)
		case value.Kind == yaml.ScalarNode && !IsNull(value):
			out[name] = value.Value
		}
	}
}

func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// Get is the value of a dotted name, and whether the file gives one.
func (s *Settings) Get(name string) (string, bool) {
	value, ok := s.All()[name]
	return value, ok
}

// Set gives a name a value: text, number or truth value, as it would be typed. Nothing else changes; that is checked.
func (s *Settings) Set(name, value string) error {
	if now, ok := s.Get(name); ok && now == value {
		return nil
	}
	want := s.All()
	want[name] = value
	return s.take(name, want, func() ([]byte, error) { return s.set(strings.Split(name, "."), literal(value)) })
}

// Remove takes a name out, and the mappings that are empty without it.
func (s *Settings) Remove(name string) error {
	if _, ok := s.Get(name); !ok {
		return nil
	}
	want := s.All()
	delete(want, name)
	return s.take(name, want, func() ([]byte, error) { return s.remove(strings.Split(name, ".")) })
}

// take makes an edit the new text, if it means what it has to mean.
func (s *Settings) take(name string, want map[string]string, edit func() ([]byte, error)) error {
	text, err := edit()
	if hand, ok := errors.AsType[*HandError](err); ok {
		return fmt.Errorf("change %s: line %d: %w", name, hand.Line, err)
	}
	if err != nil {
		return fmt.Errorf("change %s: %w", name, err)
	}
	after, err := ReadSettings(string(text))
	if err != nil {
		return fmt.Errorf("change %s: the file would not be readable any more: %w", name, err)
	}
	got := after.All()
	for key := range got {
		if got[key] != want[key] {
			return fmt.Errorf("change %s: the way the file is written, that would change %s, too", name, key)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("change %s: the way the file is written, that would change other settings, too", name)
	}
	s.text = text
	return nil
}

func (s *Settings) set(path []string, value string) ([]byte, error) {
	d, err := New(s.text)
	if err != nil || IsNull(d.Top) { // nothing but comments
		return s.append(nested(path, value, "\n"), "\n"), nil
	}
	at := d.Top
	for i, key := range path {
		k, v := Child(at, key)
		switch {
		case k == nil && i == 0:
			return s.addSection(d, path, value)
		case k == nil:
			return d.InsertKey(at, "", key, flowOf(path[i+1:], value))
		case i == len(path)-1:
			return d.ReplaceValue(v, value)
		case IsNull(v) && v.Value == "":
			indent, err := d.IndentOf(k)
			return d.InsertLines(k.Line-1, indent+"  "+pair(path[i+1:], value)), err
		case v.Kind != yaml.MappingNode:
			return nil, d.ByHand(v, key+" is not a mapping that is written out here")
		}
		at = v
	}
	return nil, fmt.Errorf("%v is no name of a setting", path)
}

// addSection puts a new outermost key where a file as it is shipped has it as a comment ("#replication:"), else at the end.
func (s *Settings) addSection(d *Document, path []string, value string) ([]byte, error) {
	if IsFlow(d.Top) {
		return d.InsertFlow(d.Top, pair(path, value))
	}
	lines := strings.Split(nested(path, value, d.EOL), d.EOL)
	for line := range d.Lines {
		if strings.TrimRight(d.LineText(line), " ") == "#"+path[0]+":" {
			return d.InsertLines(line, lines...), nil
		}
	}
	return s.append(strings.Join(lines, d.EOL), d.EOL), nil
}

func (s *Settings) append(block, eol string) []byte {
	text := string(s.text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += eol
	}
	return []byte(text + block + eol)
}

// nested writes a value below its keys, two spaces a level.
func nested(path []string, value, eol string) string {
	var b strings.Builder
	for i, key := range path {
		b.WriteString(strings.Repeat("  ", i) + key + ":")
		if i < len(path)-1 {
			b.WriteString(eol)
		}
	}
	return b.String() + " " + value
}

// pair is the rest of a path on one line: "a: {b: value}".
func pair(path []string, value string) string { return path[0] + ": " + flowOf(path[1:], value) }

// flowOf wraps a value into the keys that lead to it.
func flowOf(path []string, value string) string {
	if len(path) == 0 {
		return value
	}
	return "{" + pair(path, value) + "}"
}

// remove takes out the outermost key of the path that holds nothing else.
func (s *Settings) remove(path []string) ([]byte, error) {
	d, err := New(s.text)
	if err != nil {
		return nil, err
	}
	within, key, at := d.Top, path[0], d.Top
	for i, name := range path {
		if len(at.Content) > 2 || i == 0 {
			within, key = at, name
		}
		k, v := Child(at, name)
		if k == nil || v.Kind == yaml.AliasNode {
			return nil, d.ByHand(at, name+" is not written out here")
		}
		at = v
	}
	return d.RemoveKey(within, key)
}

// literal writes a value as it would be typed: numbers and truth values bare, text quoted where it needs it.
func literal(value string) string {
	switch n := (yaml.Node{Kind: yaml.ScalarNode, Value: value}); n.ShortTag() {
	case "!!int", "!!bool":
		return value
	}
	if rest, ok := strings.CutPrefix(value, "/"); ok && Quote(rest) == rest { // a path
		return value
	}
	return Quote(value)
}
