package envfile

import (
	"bytes"
	"strings"
)

// headerText is the comment over the variables that Belt adds. The label is cut
// down to what no format takes for anything but a comment.
func headerText(label string) string {
	if label == "" {
		return "# written by belt"
	}
	return "# written by belt: " + strings.Map(func(r rune) rune {
		if r < ' ' || r == '\\' || r == 0x7f {
			return '_'
		}
		return r
	}, label)
}

// add puts a new statement at the end of the block under header, and makes that
// block at the end of the file when there is none, or none that is settled.
func (l lines) add(src []byte, items []item, header, statement string) []byte {
	eol := l.eol(src)
	if at := l.blockEnd(src, items, header); at > 0 {
		text := statement + eol
		if src[at-1] != '\n' {
			text = eol + statement
		}
		return splice(src, at, at, text)
	}
	var b bytes.Buffer
	b.Write(src)
	if len(src) > 0 && src[len(src)-1] != '\n' {
		b.WriteString(eol)
	}
	if len(src) > 0 {
		b.WriteString(eol) // also ends a line that a final backslash continues
	}
	b.WriteString(header + eol + statement + eol)
	return b.Bytes()
}

// blockEnd returns the offset behind the last definition that follows the header
// directly, 0 when there is no such block.
func (l lines) blockEnd(src []byte, items []item, header string) int {
	for i := len(items) - 1; i >= 0; i-- {
		if !isHeader(src, items[i], header) {
			continue
		}
		end := i
		for end+1 < len(items) && items[end+1].kind == definition {
			end++
		}
		if l.settled(items, &items[end]) {
			return items[end].end
		}
	}
	return 0
}

func isHeader(src []byte, it item, header string) bool {
	return it.kind == comment && string(bytes.TrimRight(src[it.start:it.end], "\r\n")) == header
}

// dropHeader removes the header that ends at offset at when the last definition
// under it is gone, and the blank line before it at the end of the file.
func (l lines) dropHeader(src []byte, header string, at int) []byte {
	items := l.scan(src)
	for i, it := range items {
		if it.end != at || !isHeader(src, it, header) {
			continue
		}
		if i+1 < len(items) && items[i+1].kind == definition {
			return src
		}
		start := it.start
		if i+1 == len(items) && i > 1 && items[i-1].kind == blank {
			start = items[i-1].start
		}
		return splice(src, start, it.end, "")
	}
	return src
}

// eol is how the file ends its lines. A shell takes a CR as text.
func (l lines) eol(src []byte) string {
	if n := bytes.IndexByte(src, '\n'); !l.shell && n > 0 && src[n-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// splice returns src with the bytes from start to end replaced by text.
func splice(src []byte, start, end int, text string) []byte {
	out := make([]byte, 0, len(src)-(end-start)+len(text))
	out = append(out, src[:start]...)
	out = append(out, text...)
	return append(out, src[end:]...)
}
