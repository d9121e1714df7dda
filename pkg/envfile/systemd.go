package envfile

import "strings"

// scanSystemd reads a file as EnvironmentFile= of systemd.exec(5) does: quotes
// count only at the start of a value or after another quoted part, a backslash
// before a newline joins lines, CR and LF both end a line.
func scanSystemd(src []byte) []item {
	var items []item
	for i := 0; i < len(src); {
		it := scanSystemdLine(src, i)
		items = append(items, it)
		i = it.end
	}
	return items
}

func scanSystemdLine(src []byte, start int) item {
	it := item{kind: opaque, start: start}
	i := skipBlanks(src, start)
	if i >= len(src) || isNewline(src[i]) {
		it.kind, it.end = blank, pastNewline(src, i)
		return it
	}
	if src[i] == '#' || src[i] == ';' {
		for i < len(src) && !isNewline(src[i]) {
			if src[i] == '\\' {
				i++
			}
			i++
		}
		it.kind, it.end = comment, pastNewline(src, min(i, len(src)))
		return it
	}
	v := variable{start: i, exported: true}
	for i < len(src) && src[i] != '=' && !isNewline(src[i]) {
		i++
	}
	if i >= len(src) || src[i] != '=' {
		it.end = pastNewline(src, i)
		return it
	}
	v.name = strings.TrimRight(string(src[v.start:i]), " \t")
	i = readSystemdValue(src, i+1, &v)
	it.end = pastNewline(src, i)
	if checkName(v.name) == nil { // systemd ignores the others
		it.kind, it.vars = definition, []variable{v}
	}
	return it
}

// readSystemdValue reads the value that starts at i into v and returns the
// offset of the newline behind it.
func readSystemdValue(src []byte, i int, v *variable) int {
	v.vstart, v.vend, v.exact = i, i, true
	var value []byte
	first := true
	part := func(at int) {
		if first {
			v.vstart, first = at, false
		}
	}
	for ; i < len(src) && !isNewline(src[i]); i++ {
		c := src[i]
		switch {
		case isBlank(c):
			continue
		case c == '\'':
			part(i)
			for i++; i < len(src) && src[i] != '\''; i++ {
				value = append(value, src[i])
			}
		case c == '"':
			part(i)
			i, value = readSystemdQuoted(src, i+1, value)
		default:
			part(i)
			i, v.vend, value = readSystemdBare(src, i, value)
			v.value = string(value)
			return i
		}
		v.vend = min(i+1, len(src))
	}
	v.value = string(value)
	return i
}

// readSystemdQuoted appends the text in double quotes from i on and returns the
// offset of the closing quote.
func readSystemdQuoted(src []byte, i int, value []byte) (int, []byte) {
	for ; i < len(src) && src[i] != '"'; i++ {
		if src[i] != '\\' {
			value = append(value, src[i])
			continue
		}
		if i++; i == len(src) {
			break
		}
		switch {
		case strings.IndexByte("\"\\`$", src[i]) >= 0:
			value = append(value, src[i])
		case src[i] != '\n':
			value = append(value, '\\', src[i])
		}
	}
	return i, value
}

// readSystemdBare appends the unquoted text from i to the end of the line,
// without the blanks at its end, and returns the offsets of the newline and of
// the end of the text.
func readSystemdBare(src []byte, i int, value []byte) (eol, end int, _ []byte) {
	keep := len(value)
	end = i
	for ; i < len(src) && !isNewline(src[i]); i++ {
		if src[i] == '\\' {
			if i++; i < len(src) && !isNewline(src[i]) {
				value = append(value, src[i])
			}
			keep, end = len(value), min(i+1, len(src))
			continue
		}
		value = append(value, src[i])
		if !isBlank(src[i]) {
			keep, end = len(value), i+1
		}
	}
	return min(i, len(src)), end, value[:keep]
}

// quoteSystemd writes value plain or in double quotes.
func quoteSystemd(value string) string {
	if isPlain(value) {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(value) + `"`
}

func isNewline(c byte) bool { return c == '\n' || c == '\r' }

// pastNewline returns the offset behind the newline at i: LF, CR or CRLF.
func pastNewline(src []byte, i int) int {
	if i < len(src) && src[i] == '\r' {
		i++
		if i == len(src) || src[i] != '\n' {
			return i
		}
	}
	return min(i+1, len(src))
}
