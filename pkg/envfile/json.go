package envfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// object edits one JSON object of strings in its text.
type object struct{}

func (object) variables(src []byte) ([]variable, error) {
	members, err := readObject(src)
	return members, err
}

func (o object) set(src []byte, _, name, value string) []byte {
	members, _ := readObject(src)
	text := quoteJSON(value)
	for i := len(members) - 1; i >= 0; i-- {
		switch m := members[i]; {
		case m.name != name:
		case m.exact && m.value == value:
			return src
		default:
			return splice(src, m.vstart, m.vend, text)
		}
	}
	if len(bytes.TrimSpace(src)) == 0 {
		return []byte("{\n  " + quoteJSON(name) + ": " + text + "\n}\n")
	}
	if len(members) == 0 {
		open, end := bytes.IndexByte(src, '{')+1, bytes.IndexByte(src, '}')
		return splice(src, open, end, "\n  "+quoteJSON(name)+": "+text+"\n")
	}
	// In the manner of the last member.
	m := members[len(members)-1]
	before := bytes.LastIndexAny(src[:m.start], "{,") + 1
	colon := bytes.LastIndexByte(src[:m.vstart], ':')
	keyEnd := len(bytes.TrimRight(src[:colon], " \t\r\n"))
	return splice(src, m.vend, m.vend, ","+string(src[before:m.start])+quoteJSON(name)+string(src[keyEnd:m.vstart])+text)
}

func (o object) unset(src []byte, _, name string) []byte {
	for {
		members, _ := readObject(src)
		i := len(members) - 1
		for i >= 0 && members[i].name != name {
			i--
		}
		switch {
		case i < 0:
			return src
		case len(members) == 1:
			src = splice(src, bytes.IndexByte(src, '{')+1, bytes.LastIndexByte(src, '}'), "")
		case i == len(members)-1:
			src = splice(src, members[i-1].vend, members[i].vend, "")
		default:
			src = splice(src, members[i].start, members[i+1].start, "")
		}
	}
}

// readObject returns the members of the object in order. A value that is no
// string is returned as its text.
func readObject(src []byte) ([]variable, error) {
	if len(bytes.TrimSpace(src)) == 0 {
		return nil, nil
	}
	if err := checkObject(src); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(src))
	if _, err := dec.Token(); err != nil { // {
		return nil, err
	}
	var members []variable
	for dec.More() {
		start := skipSeparators(src, int(dec.InputOffset()))
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		end := int(dec.InputOffset())
		m := variable{name: key.(string), value: string(raw), start: start, vstart: end - len(raw), vend: end}
		m.exact = raw[0] == '"' && json.Unmarshal(raw, &m.value) == nil
		members = append(members, m)
	}
	return members, nil
}

func skipSeparators(src []byte, i int) int {
	for i < len(src) && strings.IndexByte(" \t\r\n,", src[i]) >= 0 {
		i++
	}
	return i
}

// checkObject reports, with line and column, why src is not one JSON object.
func checkObject(src []byte) error {
	var raw map[string]json.RawMessage
	err := json.Unmarshal(src, &raw)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line, column := position(src, int(syntax.Offset)-1)
		return fmt.Errorf("line %d, column %d: not JSON: %w", line, column, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		line, column := position(src, len(src))
		return fmt.Errorf("line %d, column %d: not JSON: %w", line, column, err)
	case err != nil || raw == nil:
		at := skipSeparators(src, 0)
		line, column := position(src, at)
		return fmt.Errorf("line %d, column %d: the file has to be one JSON object of strings", line, column)
	}
	return nil
}

// position turns an offset into line and column, both from 1, in bytes.
func position(src []byte, offset int) (line, column int) {
	before := src[:max(0, min(offset, len(src)))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

// quoteJSON writes a JSON string that keeps < > and & readable.
func quoteJSON(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("envfile: a string that cannot be JSON: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
