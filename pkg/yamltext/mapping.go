package yamltext

import (
	"bytes"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// InsertKey adds `key: value` to a mapping that is not empty: behind the key named after, or at the end.
func (d *Document) InsertKey(mapping *yaml.Node, after, key, value string) ([]byte, error) {
	if IsFlow(mapping) {
		return d.InsertFlow(mapping, key+": "+value)
	}
	k, v := Child(mapping, after)
	if k == nil {
		k, v = mapping.Content[len(mapping.Content)-2], mapping.Content[len(mapping.Content)-1]
	}
	indent, err := d.IndentOf(k)
	if err != nil {
		return nil, err
	}
	last, err := d.LastLine(k, v)
	if err != nil {
		return nil, err
	}
	return d.InsertLines(last, indent+key+": "+value), nil
}

// InsertFlow adds a text at the end of a { }.
func (d *Document) InsertFlow(mapping *yaml.Node, pair string) ([]byte, error) {
	s, err := d.Flow(mapping)
	if err != nil {
		return nil, err
	}
	switch {
	case s.Empty():
	case d.Text[s.Last-1] == ',':
		pair = " " + pair
	default:
		pair = ", " + pair
	}
	return d.Splice(s.Last, s.Last, pair), nil
}

// RemoveKey takes a key and its value out of a mapping.
func (d *Document) RemoveKey(mapping *yaml.Node, key string) ([]byte, error) {
	k, v := Child(mapping, key)
	if k == nil {
		return nil, d.ByHand(mapping, key+" is not written out here")
	}
	if IsFlow(mapping) {
		return d.removeFlow(mapping, k, v)
	}
	if _, err := d.IndentOf(k); err != nil {
		return nil, err
	}
	last, err := d.LastLine(k, v)
	if err != nil {
		return nil, err
	}
	return d.RemoveLines(k.Line-1, last), nil
}

func (d *Document) removeFlow(mapping, k, v *yaml.Node) ([]byte, error) {
	from, err := d.Start(k)
	if err != nil {
		return nil, err
	}
	to, err := d.ValueEnd(v)
	if err != nil {
		return nil, err
	}
	line := d.LineOf(from)
	before, rest := d.Text[d.Lines[line]:from], d.Text[to:d.LineEnd(d.LineOf(to))]
	trimmed := bytes.TrimLeft(rest, " \t")
	if len(bytes.TrimSpace(before)) == 0 && AfterItem.Match(bytes.TrimPrefix(trimmed, []byte(","))) {
		return d.RemoveLines(line, d.LineOf(to)), nil
	}
	switch {
	case mapping.Content[0] != k:
		// With the comma before it.
		comma := bytes.LastIndexByte(d.Text[:from], ',')
		if comma < 0 || len(bytes.TrimSpace(d.Text[comma+1:from])) > 0 {
			return nil, d.ByHand(k, "a comment is in the way")
		}
		return d.Splice(comma, to, ""), nil
	case len(trimmed) > 0 && trimmed[0] == ',':
		// With the comma behind it.
		behind := bytes.TrimLeft(trimmed[1:], " \t")
		return d.Splice(from, to+len(rest)-len(behind), ""), nil
	}
	return d.Splice(from, to, ""), nil
}

// ValueEnd is the offset after a value in a { }.
func (d *Document) ValueEnd(v *yaml.Node) (int, error) {
	if (v.Kind == yaml.MappingNode || v.Kind == yaml.SequenceNode) && IsFlow(v) {
		s, err := d.Flow(v)
		return s.Close + 1, err
	}
	start, err := d.Start(v)
	if err != nil {
		return 0, err
	}
	return d.ScalarEnd(v, start)
}

// ReplaceValue puts another text in the place of a value of one line.
func (d *Document) ReplaceValue(v *yaml.Node, with string) ([]byte, error) {
	start, err := d.Start(v)
	if err != nil {
		return nil, err
	}
	end, err := d.ValueEnd(v)
	if err != nil {
		return nil, err
	}
	return d.Splice(start, end, with), nil
}

// plainForm is what needs no quotes wherever it stands, as long as YAML does not take it for a number or the like.
var plainForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// Quote writes a value, with quotes where it needs them.
func Quote(value string) string {
	plain := yaml.Node{Kind: yaml.ScalarNode, Value: value}
	if plainForm.MatchString(value) && plain.ShortTag() == "!!str" {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// QuoteLike writes a value with the quotes that its neighbour has.
func QuoteLike(neighbour *yaml.Node, value string) string {
	switch {
	case neighbour.Style&yaml.SingleQuotedStyle != 0:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case neighbour.Style&yaml.DoubleQuotedStyle != 0:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	return Quote(value)
}

// QuoteList writes a list of values in brackets.
func QuoteList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = Quote(name)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// IsNull tells whether a node is nothing, or says so.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
