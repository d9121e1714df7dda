package envfile

import (
	"bytes"
	"strings"
)

const utf8BOM = "\xef\xbb\xbf"

// scanDotenv reads a dotenv file. Every file can be read: what is no definition
// is opaque.
func scanDotenv(src []byte) []item {
	var items []item
	for i := 0; i < len(src); {
		it := scanDotenvLine(src, i)
		items = append(items, it)
		i = it.end
	}
	return items
}

func scanDotenvLine(src []byte, start int) item {
	it := item{kind: opaque, start: start, end: lineEnd(src, start)}
	i := start
	if i == 0 && bytes.HasPrefix(src, []byte(utf8BOM)) {
		i = len(utf8BOM)
	}
	i = skipBlanks(src, i)
	eol := trimEOL(src, start, it.end)
	switch {
	case i >= eol:
		it.kind = blank
		return it
	case src[i] == '#':
		it.kind = comment
		return it
	}
	i = skipWord(src, i, "export")
	v := variable{start: i, exported: true}
	i = scanName(src, i)
	v.name = string(src[v.start:i])
	i = skipBlanks(src, i)
	if v.name == "" || i >= eol || src[i] != '=' {
		return it
	}
	if q := skipBlanks(src, i+1); q < eol && strings.IndexByte("'\"`", src[q]) >= 0 {
		if closing := closingQuote(src, q); closing > 0 {
			v.vstart, v.vend = q, closing+1
			v.value = unquoteDotenv(src[q], string(src[q+1:closing]))
			it.end = lineEnd(src, v.vend)
			v.exact = src[q] != '`' && isPlain(v.value)
			it.kind, it.vars = definition, []variable{v}
			return it
		}
	}
	v.vstart, v.vend = bareValue(src, i+1, eol)
	v.value = string(src[v.vstart:v.vend])
	v.exact = isPlain(v.value) // no two readers can differ about it
	it.kind, it.vars = definition, []variable{v}
	return it
}

// bareValue finds the unquoted value between i and eol: a blank followed by #
// starts a comment, blanks around the value do not belong to it. An empty value
// stands right behind the =.
func bareValue(src []byte, i, eol int) (start, end int) {
	start, end = skipBlanks(src, i), eol
	for j := start; j < eol; j++ {
		if src[j] == '#' && isBlank(src[j-1]) {
			end = j
			break
		}
	}
	for end > start && isBlank(src[end-1]) {
		end--
	}
	if end <= start {
		return i, i
	}
	return start, end
}

// closingQuote returns the offset of the quote that closes the one at open, or 0.
// As for Ruby and Node, a quote closes only when nothing but a comment follows it
// on its line. A backslash guards a quote, unless that leaves the value open.
func closingQuote(src []byte, open int) int {
	q := src[open]
	guarded := 0
	for i := open + 1; i < len(src); i++ {
		switch {
		case src[i] == '\\' && i+1 < len(src) && (src[i+1] == q || q == '"' && src[i+1] == '\\'):
			i++
			if src[i] == q && guarded == 0 {
				guarded = i
			}
		case src[i] == q:
			if endsStatement(src, i+1) {
				return i
			}
			i = len(src)
		}
	}
	if guarded > 0 && endsStatement(src, guarded+1) {
		return guarded
	}
	return 0
}

// endsStatement reports whether only blanks and a comment stand before the end
// of the line.
func endsStatement(src []byte, i int) bool {
	i = skipBlanks(src, i)
	return i >= len(src) || src[i] == '#' || src[i] == '\n' ||
		src[i] == '\r' && (i+1 == len(src) || src[i+1] == '\n')
}

func unquoteDotenv(quote byte, text string) string {
	switch quote {
	case '\'':
		return strings.ReplaceAll(text, `\'`, `'`)
	case '"':
		return unescape(text, map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '\\': `\`, '"': `"`, '$': `$`, '`': "`"})
	}
	return text
}

// unescape replaces each backslash and the byte behind it as the table says; an
// escape that the table does not know stays as it is.
func unescape(text string, table map[byte]string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if s, ok := table[text[i+1]]; ok {
				b.WriteString(s)
				i++
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
