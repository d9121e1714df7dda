package inventory

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// scalarEnd is the offset after a name or value of one line that begins at start.
func (d *document) scalarEnd(n *yaml.Node, start int) (int, error) {
	rest := d.text[start:]
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
	return 0, d.byHand(n, "this value has several lines")
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

// span is a { } or [ ] in the text.
type span struct {
	open  int // the offset of the opening bracket
	close int // the offset of the closing one
	last  int // the offset after the last character inside that is neither space nor comment
}

func (s span) empty() bool { return s.last == s.open+1 }

// flow finds the brackets of a collection in flow style. Quotes count only where a value may begin, and # only after a space.
func (d *document) flow(n *yaml.Node) (span, error) {
	start, err := d.start(n)
	if err != nil {
		return span{}, err
	}
	if start >= len(d.text) || strings.IndexByte("[{", d.text[start]) < 0 {
		return span{}, d.byHand(n, "no bracket is where one should be")
	}
	s := span{open: start, last: start + 1}
	depth, inPlain := 0, false
	for i := start; i < len(d.text); i++ {
		c := d.text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if i > 0 && d.text[i-1] == ':' {
				inPlain = false
			}
			continue
		case c == '#' && strings.IndexByte(" \t\r\n", d.text[i-1]) >= 0:
			for i+1 < len(d.text) && d.text[i+1] != '\n' {
				i++
			}
			inPlain = false
			continue
		case (c == '"' || c == '\'') && !inPlain:
			length := quotedEnd(d.text[i:])
			if length == 0 {
				return span{}, d.byHand(n, "a quote is not closed")
			}
			i += length - 1
		case c == '[' || c == '{':
			depth++
			inPlain = false
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				s.close = i
				return s, nil
			}
			inPlain = false
		case c == ',' || c == ':':
			inPlain = inPlain && c == ':'
		default:
			inPlain = true
		}
		s.last = i + 1
	}
	return span{}, d.byHand(n, "a bracket is not closed")
}

func isFlow(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }

// lastLine is the index of the line on which the value of a key ends.
func (d *document) lastLine(key, value *yaml.Node) (int, error) {
	switch {
	case isNull(value) && value.Value == "":
		return key.Line - 1, nil
	case value.Kind != yaml.ScalarNode && value.Kind != yaml.AliasNode && isFlow(value):
		s, err := d.flow(value)
		return d.lineOf(s.close), err
	case value.Kind == yaml.MappingNode && len(value.Content) > 1:
		return d.lastLine(value.Content[len(value.Content)-2], value.Content[len(value.Content)-1])
	case value.Kind == yaml.SequenceNode && len(value.Content) > 0:
		last := value.Content[len(value.Content)-1]
		return d.lastLine(last, last)
	}
	start, err := d.start(value)
	if err != nil {
		return 0, err
	}
	if end, err := d.scalarEnd(value, start); err == nil {
		return d.lineOf(end), nil
	}
	return d.indentedEnd(key), nil
}

// indentedEnd is the last line of a key whose value has several lines: those that stand further in.
func (d *document) indentedEnd(key *yaml.Node) int {
	last := key.Line - 1
	for line := key.Line; line < len(d.lines); line++ {
		text := d.lineText(line)
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

// indentOf is what stands before a node on its line, when that is spaces only.
func (d *document) indentOf(n *yaml.Node) (string, error) {
	before := d.lineText(n.Line - 1)
	if n.Column-1 > len(before) || strings.Trim(before[:n.Column-1], " ") != "" {
		return "", d.byHand(n, "this does not begin its line")
	}
	return before[:n.Column-1], nil
}
