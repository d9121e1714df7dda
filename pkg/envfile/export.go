package envfile

import (
	"bytes"
	"strings"
)

// scanExport reads a shell file. It knows comments, assignments with and without
// export, unset, "export NAME" and "set -a"; every other command is opaque.
func scanExport(src []byte) []item {
	var items []item
	for i := 0; i < len(src); {
		it, ok := scanExportLine(src, i)
		if !ok {
			it = item{kind: opaque, start: i, end: skipCommand(src, i)}
		}
		items = append(items, it)
		i = it.end
	}
	return items
}

// scanExportLine reads one line that it understands to its end.
func scanExportLine(src []byte, start int) (item, bool) {
	it := item{kind: blank, start: start}
	i := skipShellBlanks(src, start)
	if i < len(src) && src[i] != '\n' && src[i] != '#' {
		var ok bool
		if i, ok = scanStatement(src, i, &it); !ok {
			return it, false
		}
	}
	if i < len(src) && src[i] == '#' {
		if it.kind == blank {
			it.kind = comment
		}
		i = trimEOL(src, i, lineEnd(src, i))
	}
	i = lineEndIfBlank(src, i)
	it.end = i
	return it, i > start
}

// lineEndIfBlank returns the offset past the newline at i (or the end of the
// file), and 0 when something else stands there. A CR before the newline is
// allowed only where it is part of a comment or of nothing.
func lineEndIfBlank(src []byte, i int) int {
	if end := lineEnd(src, i); trimEOL(src, i, end) == i {
		return end
	}
	return 0
}

// scanStatement reads one command into it and returns the offset of the newline
// or comment behind it.
func scanStatement(src []byte, i int, it *item) (int, bool) {
	it.kind = definition
	verb := ""
	for _, w := range []string{"export", "unset", "set"} {
		if next := skipWord(src, i, w); next > i {
			verb, i = w, next
			break
		}
	}
	for {
		i = skipShellBlanks(src, i)
		if i >= len(src) || src[i] == '\n' || src[i] == '#' {
			break
		}
		if src[i] == ';' {
			i = skipShellBlanks(src, i+1)
			if i < len(src) && src[i] != '\n' && src[i] != '#' {
				return 0, false
			}
			break
		}
		next, ok := scanArgument(src, i, verb, it)
		if !ok {
			return 0, false
		}
		i = next
	}
	if len(it.vars) == 0 {
		it.kind = neutral
		return i, verb != ""
	}
	return i, true
}

// scanArgument reads one assignment, name or option of the statement.
func scanArgument(src []byte, i int, verb string, it *item) (int, bool) {
	end := scanName(src, i)
	v := variable{start: i, name: string(src[i:end]), exported: verb == "export"}
	switch {
	case verb == "set":
		return skipOption(src, i)
	case end == i:
		return 0, false
	case verb != "unset" && end < len(src) && src[end] == '=':
		v.vstart = end + 1
		if !readShellWord(src, &v) {
			return 0, false
		}
		it.vars = append(it.vars, v)
		return v.vend, true
	case verb == "unset":
		v.unset, v.exact, v.vstart, v.vend = true, true, end, end
		it.vars = append(it.vars, v)
	case verb != "export":
		return 0, false
	}
	return end, atWordEnd(src, end)
}

// skipOption passes an option such as -a or +a.
func skipOption(src []byte, i int) (int, bool) {
	if src[i] != '-' && src[i] != '+' {
		return 0, false
	}
	end := scanName(src, i+1)
	return end, end > i+1 && atWordEnd(src, end)
}

func atWordEnd(src []byte, i int) bool {
	return i >= len(src) || strings.IndexByte(" \t\n;", src[i]) >= 0
}

// readShellWord reads the value at v.vstart. What the shell would expand stays as
// text and makes the value inexact. It reports false for a quote that is not
// closed and for a word that ends in an operator.
func readShellWord(src []byte, v *variable) bool {
	var value []byte
	v.exact = true
	i := v.vstart
	for ; i < len(src) && !atWordEnd(src, i); i++ {
		switch c := src[i]; c {
		case '\'':
			n := bytes.IndexByte(src[i+1:], '\'')
			if n < 0 {
				return false
			}
			value = append(value, src[i+1:i+1+n]...)
			i += n + 1
		case '"':
			text, end := readDoubleQuoted(src, i+1)
			if end < 0 {
				return false
			}
			v.exact = v.exact && !expands(src[i+1:end])
			value = append(value, text...)
			i = end
		case '\\':
			if i++; i < len(src) && src[i] != '\n' {
				value = append(value, src[i])
			}
		case '(', ')', '<', '>', '&', '|':
			return false
		default:
			v.exact = v.exact && strings.IndexByte("$`~*?[", c) < 0
			value = append(value, c)
		}
	}
	v.vend = min(i, len(src))
	v.value = string(value)
	return true
}

// readDoubleQuoted returns the text in double quotes from i on and the offset of
// the closing quote, -1 when there is none.
func readDoubleQuoted(src []byte, i int) ([]byte, int) {
	var text []byte
	for ; i < len(src); i++ {
		switch {
		case src[i] == '"':
			return text, i
		case src[i] == '\\' && i+1 < len(src) && strings.IndexByte("$`\"\\\n", src[i+1]) >= 0:
			if i++; src[i] != '\n' {
				text = append(text, src[i])
			}
		default:
			text = append(text, src[i])
		}
	}
	return nil, -1
}

// expands reports whether the shell substitutes something in the text between
// double quotes.
func expands(text []byte) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '$', '`':
			return true
		}
	}
	return false
}

// skipShellBlanks passes blanks and continued lines.
func skipShellBlanks(src []byte, i int) int {
	for {
		i = skipBlanks(src, i)
		if !bytes.HasPrefix(src[i:], []byte("\\\n")) {
			return i
		}
		i += 2
	}
}

// quoteExport writes value in single quotes, which hold everything but
// themselves.
func quoteExport(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
