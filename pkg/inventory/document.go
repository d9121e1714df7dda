package inventory

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// document is the text of an inventory and its nodes, for edits that touch only some of its characters.
type document struct {
	text  []byte
	top   *yaml.Node
	lines []int  // the offset at which each line begins
	eol   string // how the text ends its lines
}

// handError says that a place of the file is written in a way that surgery does not dare to touch.
type handError struct {
	line   int
	reason string
}

func (e *handError) Error() string { return e.reason }

func newDocument(text []byte) (*document, error) {
	top, problems := parseYAML(text)
	if len(problems) > 0 || top == nil {
		return nil, fmt.Errorf("not readable as YAML")
	}
	d := &document{text: text, top: top, lines: lineStarts(text), eol: "\n"}
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		d.eol = "\r\n"
	}
	return d, nil
}

// lineStarts breaks lines where YAML 1.1 does: that is how the parser counts them. A byte order mark is in no column.
func lineStarts(text []byte) []int {
	at := 0
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		at = len("\ufeff")
	}
	starts := []int{at}
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		at += size
		switch r {
		case '\r':
			if at < len(text) && text[at] == '\n' {
				at++
			}
			starts = append(starts, at)
		case '\n', '\u0085', '\u2028', '\u2029':
			starts = append(starts, at)
		}
	}
	return starts
}

// lineOf is the index of the line that holds the offset.
func (d *document) lineOf(offset int) int {
	line := 0
	for line+1 < len(d.lines) && d.lines[line+1] <= offset {
		line++
	}
	return line
}

// lineEnd is the offset after the last character of a line, before its break.
func (d *document) lineEnd(line int) int {
	return d.lines[line] + len(strings.TrimRight(string(d.text[d.lines[line]:d.nextLine(line)]), "\r\n\u0085\u2028\u2029"))
}

// nextLine is the offset of the line after.
func (d *document) nextLine(line int) int {
	if line+1 < len(d.lines) {
		return d.lines[line+1]
	}
	return len(d.text)
}

// lineText is a line without its break.
func (d *document) lineText(line int) string { return string(d.text[d.lines[line]:d.lineEnd(line)]) }

// decoration is an anchor or a tag before a node's content.
var decoration = regexp.MustCompile(`^[&!]\S*[ \t]+`)

// start is the offset of a node's content. The parser counts columns in characters.
func (d *document) start(n *yaml.Node) (int, error) {
	if n.Line < 1 || n.Line > len(d.lines) || n.Column < 1 {
		return 0, d.byHand(n, "this place cannot be found in the text")
	}
	at := d.lines[n.Line-1]
	for column := 1; column < n.Column; column++ {
		if at >= len(d.text) {
			return 0, d.byHand(n, "this place cannot be found in the text")
		}
		_, size := utf8.DecodeRune(d.text[at:])
		at += size
	}
	if n.Kind != yaml.AliasNode {
		for m := decoration.Find(d.text[at:]); m != nil; m = decoration.Find(d.text[at:]) {
			at += len(m)
		}
	}
	return at, nil
}

func (d *document) byHand(n *yaml.Node, reason string) error {
	return &handError{line: n.Line, reason: reason}
}

// splice replaces the characters from one offset to another.
func (d *document) splice(from, to int, with string) []byte {
	var out []byte
	out = append(out, d.text[:from]...)
	out = append(out, with...)
	return append(out, d.text[to:]...)
}

// insertLines adds whole lines after a line, which may be the last one and end without a break.
func (d *document) insertLines(after int, lines ...string) []byte {
	at := d.nextLine(after)
	if at == d.lineEnd(after) {
		return d.splice(at, at, d.eol+strings.Join(lines, d.eol))
	}
	return d.splice(at, at, strings.Join(lines, d.eol)+d.eol)
}

// removeLines takes whole lines out; a text that ended without a break still does.
func (d *document) removeLines(first, last int) []byte {
	from, to := d.lines[first], d.nextLine(last)
	if to == d.lineEnd(last) && first > 0 {
		from = d.lineEnd(first - 1)
	}
	return d.splice(from, to, "")
}

// child finds the key that a mapping itself has; a key that it gets from elsewhere by << is not found.
func child(mapping *yaml.Node, key string) (k, v *yaml.Node) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if n := mapping.Content[i]; n.Kind == yaml.ScalarNode && n.Value == key {
			return n, mapping.Content[i+1]
		}
	}
	return nil, nil
}

// descend follows keys from the top. Only what is written in place is followed: a change to what an alias stands for would
// change other places as well.
func (d *document) descend(keys ...string) (k, v *yaml.Node, err error) {
	at := d.top
	for _, key := range keys {
		if k, v = child(at, key); k == nil {
			return nil, nil, d.byHand(at, key+" is not written out here")
		}
		if v.Kind == yaml.AliasNode {
			return nil, nil, d.byHand(v, key+" is an alias, *"+v.Value)
		}
		at = v
	}
	return k, v, nil
}
