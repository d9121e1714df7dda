package inventory

import (
	"bytes"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// insertKey adds `key: value` to a mapping that is not empty: behind the key named after, or at the end.
func (d *document) insertKey(mapping *yaml.Node, after, key, value string) ([]byte, error) {
	if isFlow(mapping) {
		return d.insertFlow(mapping, key+": "+value)
	}
	k, v := child(mapping, after)
	if k == nil {
		k, v = mapping.Content[len(mapping.Content)-2], mapping.Content[len(mapping.Content)-1]
	}
	indent, err := d.indentOf(k)
	if err != nil {
		return nil, err
	}
	last, err := d.lastLine(k, v)
	if err != nil {
		return nil, err
	}
	return d.insertLines(last, indent+key+": "+value), nil
}

// insertFlow adds a text at the end of a { }.
func (d *document) insertFlow(mapping *yaml.Node, pair string) ([]byte, error) {
	s, err := d.flow(mapping)
	if err != nil {
		return nil, err
	}
	switch {
	case s.empty():
	case d.text[s.last-1] == ',':
		pair = " " + pair
	default:
		pair = ", " + pair
	}
	return d.splice(s.last, s.last, pair), nil
}

// removeKey takes a key and its value out of a mapping.
func (d *document) removeKey(mapping *yaml.Node, key string) ([]byte, error) {
	k, v := child(mapping, key)
	if k == nil {
		return nil, d.byHand(mapping, key+" is not written out here")
	}
	if isFlow(mapping) {
		return d.removeFlow(mapping, k, v)
	}
	if _, err := d.indentOf(k); err != nil {
		return nil, err
	}
	last, err := d.lastLine(k, v)
	if err != nil {
		return nil, err
	}
	return d.removeLines(k.Line-1, last), nil
}

func (d *document) removeFlow(mapping, k, v *yaml.Node) ([]byte, error) {
	from, err := d.start(k)
	if err != nil {
		return nil, err
	}
	to, err := d.valueEnd(v)
	if err != nil {
		return nil, err
	}
	line := d.lineOf(from)
	before, rest := d.text[d.lines[line]:from], d.text[to:d.lineEnd(d.lineOf(to))]
	trimmed := bytes.TrimLeft(rest, " \t")
	if len(bytes.TrimSpace(before)) == 0 && afterItem.Match(bytes.TrimPrefix(trimmed, []byte(","))) {
		return d.removeLines(line, d.lineOf(to)), nil
	}
	switch {
	case mapping.Content[0] != k:
		// With the comma before it.
		comma := bytes.LastIndexByte(d.text[:from], ',')
		if comma < 0 || len(bytes.TrimSpace(d.text[comma+1:from])) > 0 {
			return nil, d.byHand(k, "a comment is in the way")
		}
		return d.splice(comma, to, ""), nil
	case len(trimmed) > 0 && trimmed[0] == ',':
		// With the comma behind it.
		behind := bytes.TrimLeft(trimmed[1:], " \t")
		return d.splice(from, to+len(rest)-len(behind), ""), nil
	}
	return d.splice(from, to, ""), nil
}

// valueEnd is the offset after a value in a { }.
func (d *document) valueEnd(v *yaml.Node) (int, error) {
	if (v.Kind == yaml.MappingNode || v.Kind == yaml.SequenceNode) && isFlow(v) {
		s, err := d.flow(v)
		return s.close + 1, err
	}
	start, err := d.start(v)
	if err != nil {
		return 0, err
	}
	return d.scalarEnd(v, start)
}

// replaceValue puts another text in the place of a value of one line.
func (d *document) replaceValue(v *yaml.Node, with string) ([]byte, error) {
	start, err := d.start(v)
	if err != nil {
		return nil, err
	}
	end, err := d.valueEnd(v)
	if err != nil {
		return nil, err
	}
	return d.splice(start, end, with), nil
}

// plainForm is what needs no quotes wherever it stands, as long as YAML does not take it for a number or the like.
var plainForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// quote writes a value, with quotes where it needs them.
func quote(value string) string {
	plain := yaml.Node{Kind: yaml.ScalarNode, Value: value}
	if plainForm.MatchString(value) && plain.ShortTag() == "!!str" {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// quoteLike writes a value with the quotes that its neighbour has.
func quoteLike(neighbour *yaml.Node, value string) string {
	switch {
	case neighbour.Style&yaml.SingleQuotedStyle != 0:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case neighbour.Style&yaml.DoubleQuotedStyle != 0:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	return quote(value)
}

func quoteList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
