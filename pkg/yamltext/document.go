package yamltext

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Document is a YAML text and its nodes, for edits that touch only some of its characters. Its methods count lines and offsets,
// in bytes, from 0; what they do not dare to touch is a *[HandError], and the text stays as it is.
type Document struct {
	Text  []byte
	Top   *yaml.Node
	Lines []int  // the offset at which each line begins
	EOL   string // how the text ends its lines
}

// HandError says that a place of the text is written in a way that surgery does not dare to touch.
type HandError struct {
	Line   int // from 1
	Reason string
}

func (e *HandError) Error() string { return e.Reason }

// New reads a text that is one document with something in it.
func New(text []byte) (*Document, error) {
	top, second, err := Decode(text)
	if err != nil || top == nil || second != nil {
		return nil, errors.New("not readable as YAML")
	}
	d := &Document{Text: text, Top: top, Lines: lineStarts(text), EOL: "\n"}
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		d.EOL = "\r\n"
	}
	return d, nil
}

// Decode wraps the parser, which is known to panic on some malformed text. top is nil for an empty document; second is
// the next document, where there is one.
func Decode(text []byte) (top, second *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			top, second, err = nil, nil, fmt.Errorf("yaml: the parser gave up: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, next yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	if err := decoder.Decode(&next); err == nil {
		second = &next
	} else if !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if len(first.Content) > 0 {
		top = first.Content[0]
	}
	return top, second, nil
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

// LineOf is the index of the line that holds the offset.
func (d *Document) LineOf(offset int) int {
	line := 0
	for line+1 < len(d.Lines) && d.Lines[line+1] <= offset {
		line++
	}
	return line
}

// LineEnd is the offset after the last character of a line, before its break.
func (d *Document) LineEnd(line int) int {
	return d.Lines[line] + len(strings.TrimRight(string(d.Text[d.Lines[line]:d.NextLine(line)]), "\r\n\u0085\u2028\u2029"))
}

// NextLine is the offset of the line after.
func (d *Document) NextLine(line int) int {
	if line+1 < len(d.Lines) {
		return d.Lines[line+1]
	}
	return len(d.Text)
}

// LineText is a line without its break.
func (d *Document) LineText(line int) string { return string(d.Text[d.Lines[line]:d.LineEnd(line)]) }

// decoration is an anchor or a tag before a node's content.
var decoration = regexp.MustCompile(`^[&!]\S*[ \t]+`)

// Start is the offset of a node's content. The parser counts columns in characters.
func (d *Document) Start(n *yaml.Node) (int, error) {
	if n.Line < 1 || n.Line > len(d.Lines) || n.Column < 1 {
		return 0, d.ByHand(n, "this place cannot be found in the text")
	}
	at := d.Lines[n.Line-1]
	for column := 1; column < n.Column; column++ {
		if at >= len(d.Text) {
			return 0, d.ByHand(n, "this place cannot be found in the text")
		}
		_, size := utf8.DecodeRune(d.Text[at:])
		at += size
	}
	if n.Kind != yaml.AliasNode {
		for m := decoration.Find(d.Text[at:]); m != nil; m = decoration.Find(d.Text[at:]) {
			at += len(m)
		}
	}
	return at, nil
}

// ByHand is the error of a node that has to be changed by hand.
func (d *Document) ByHand(n *yaml.Node, reason string) error {
	return &HandError{Line: n.Line, Reason: reason}
}

// Splice replaces the characters from one offset to another.
func (d *Document) Splice(from, to int, with string) []byte {
	var out []byte
	out = append(out, d.Text[:from]...)
	out = append(out, with...)
	return append(out, d.Text[to:]...)
}

// InsertLines adds whole lines after a line, which may be the last one and end without a break.
func (d *Document) InsertLines(after int, lines ...string) []byte {
	at := d.NextLine(after)
	if at == d.LineEnd(after) {
		return d.Splice(at, at, d.EOL+strings.Join(lines, d.EOL))
	}
	return d.Splice(at, at, strings.Join(lines, d.EOL)+d.EOL)
}

// RemoveLines takes whole lines out; a text that ended without a break still does.
func (d *Document) RemoveLines(first, last int) []byte {
	from, to := d.Lines[first], d.NextLine(last)
	if to == d.LineEnd(last) && first > 0 {
		from = d.LineEnd(first - 1)
	}
	return d.Splice(from, to, "")
}

// Child finds the key that a mapping itself has; a key that it gets from elsewhere by << is not found.
func Child(mapping *yaml.Node, key string) (k, v *yaml.Node) {
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

// Descend follows keys from the top. Only what is written in place is followed: a change to what an alias stands for would
// change other places as well.
func (d *Document) Descend(keys ...string) (k, v *yaml.Node, err error) {
	at := d.Top
	for _, key := range keys {
		if k, v = Child(at, key); k == nil {
			return nil, nil, d.ByHand(at, key+" is not written out here")
		}
		if v.Kind == yaml.AliasNode {
			return nil, nil, d.ByHand(v, key+" is an alias, *"+v.Value)
		}
		at = v
	}
	return k, v, nil
}
