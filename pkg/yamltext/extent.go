package yamltext

import (
	"bytes"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// ScalarEnd is the offset after a name or value of one line that begins at start.
func (d *Document) ScalarEnd(n *yaml.Node, start int) (int, error) {
	rest := d.Text[start:]
	switch {
	case n.Kind == yaml.AliasNode:
		if bytes.HasPrefix(rest, []byte("*"+n.Value)) {
			return start + 1 + len(n.Value), nil
		}
	case n.Style&yaml.DoubleQuotedStyle != 0, n.Style&yaml.SingleQuotedStyle != 0:
		if end := quotedEnd(rest); end > 0 {
			return start + end, nil
		}
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && bytes.HasPrefix(rest, []byte(n.Value)):
		return start + len(n.Value), nil
	}
	return 0, d.ByHand(n, "this value has several lines")
}

// quotedEnd is the length of the quoted text at the beginning, or 0.
func quotedEnd(text []byte) int {
	if len(text) == 0 || text[0] != '"' && text[0] != '\'' {
		return 0
	}
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// Span is a { } or [ ] in the text.
type Span struct {
	Open  int // the offset of the opening bracket
	Close int // the offset of the closing one
	Last  int // the offset after the last character inside that is neither space nor comment
}

// Empty tells whether nothing stands between the brackets.
func (s Span) Empty() bool { return s.Last == s.Open+1 }

// Flow finds the brackets of a collection in flow style. Quotes count only where a value may begin, and # only after a space.
func (d *Document) Flow(n *yaml.Node) (Span, error) {
	start, err := d.Start(n)
	if err != nil {
		return Span{}, err
	}
	if start >= len(d.Text) || strings.IndexByte("[{", d.Text[start]) < 0 {
		return Span{}, d.ByHand(n, "no bracket is where one should be")
	}
	s := Span{Open: start, Last: start + 1}
	depth, inPlain := 0, false
	for i := start; i < len(d.Text); i++ {
		c := d.Text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if i > 0 && d.Text[i-1] == ':' {
				inPlain = false
			}
			continue
		case c == '#' && strings.IndexByte(" \t\r\n", d.Text[i-1]) >= 0:
			for i+1 < len(d.Text) && d.Text[i+1] != '\n' {
				i++
			}
			inPlain = false
			continue
		case (c == '"' || c == '\'') && !inPlain:
			length := quotedEnd(d.Text[i:])
			if length == 0 {
				return Span{}, d.ByHand(n, "a quote is not closed")
			}
			i += length - 1
		case c == '[' || c == '{':
			depth++
			inPlain = false
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				s.Close = i
				return s, nil
			}
			inPlain = false
		case c == ',' || c == ':':
			inPlain = inPlain && c == ':'
		default:
			inPlain = true
		}
		s.Last = i + 1
	}
	return Span{}, d.ByHand(n, "a bracket is not closed")
}

// IsFlow tells whether a collection is written with brackets.
func IsFlow(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }

// LastLine is the index of the line on which the value of a key ends.
func (d *Document) LastLine(key, value *yaml.Node) (int, error) {
	switch {
	case IsNull(value) && value.Value == "":
		return key.Line - 1, nil
	case value.Kind != yaml.ScalarNode && value.Kind != yaml.AliasNode && IsFlow(value):
		s, err := d.Flow(value)
		return d.LineOf(s.Close), err
	case value.Kind == yaml.MappingNode && len(value.Content) > 1:
		return d.LastLine(value.Content[len(value.Content)-2], value.Content[len(value.Content)-1])
	case value.Kind == yaml.SequenceNode && len(value.Content) > 0:
		last := value.Content[len(value.Content)-1]
		return d.LastLine(last, last)
	}
	start, err := d.Start(value)
	if err != nil {
		return 0, err
	}
	if end, err := d.ScalarEnd(value, start); err == nil {
		return d.LineOf(end), nil
	}
	return d.indentedEnd(key), nil
}

// indentedEnd is the last line of a key whose value has several lines: those that stand further in.
func (d *Document) indentedEnd(key *yaml.Node) int {
	last := key.Line - 1
	for line := key.Line; line < len(d.Lines); line++ {
		text := d.LineText(line)
		indent := len(text) - len(strings.TrimLeft(text, " "))
		switch {
		case strings.TrimSpace(text) == "":
		case indent >= key.Column:
			last = line
		default:
			return last
		}
	}
	return last
}

// IndentOf is what stands before a node on its line, when that is spaces only.
func (d *Document) IndentOf(n *yaml.Node) (string, error) {
	before := d.LineText(n.Line - 1)
	if n.Column-1 > len(before) || strings.Trim(before[:n.Column-1], " ") != "" {
		return "", d.ByHand(n, "this does not begin its line")
	}
	return before[:n.Column-1], nil
}

// AfterItem is what may follow an item that is alone on its line, after the comma.
var AfterItem = regexp.MustCompile(`^\s*(#.*)?$`)
