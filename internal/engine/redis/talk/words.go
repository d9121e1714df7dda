package talk

import (
	"errors"
	"strconv"
	"strings"
)

var errQuotes = errors.New("unbalanced quotes")

// Words cuts a line as sdssplitargs does: at blanks, with "…" that knows escapes and '…' that knows only \'.
func Words(line string) ([]string, error) {
	var words []string
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i >= len(line) {
			return words, nil
		}
		var word strings.Builder
		for i < len(line) && !isSpace(line[i]) {
			if line[i] != '"' && line[i] != '\'' {
				word.WriteByte(line[i])
				i++
				continue
			}
			text, length, ok := quoted(line[i:])
			if !ok || i+length < len(line) && !isSpace(line[i+length]) {
				return nil, errQuotes
			}
			word.WriteString(text)
			i += length
		}
		words = append(words, word.String())
	}
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' || c == 0 }

// quoted reads the quoted text that s begins with, and tells how long it is with its quotes.
func quoted(s string) (text string, length int, ok bool) {
	if s == "" {
		return "", 0, false
	}
	if end := strings.IndexByte(s[1:], s[0]); end >= 0 && strings.IndexByte(s[1:1+end], '\\') < 0 {
		return s[1 : 1+end], end + 2, true // as nearly always
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return b.String(), i + 1, true
		case s[0] == '\'' && s[i] == '\\' && i+1 < len(s) && s[i+1] == '\'':
			i++
			b.WriteByte('\'')
		case s[0] == '"' && s[i] == '\\' && i+1 < len(s):
			i++
			if s[i] == 'x' && i+2 < len(s) {
				if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
					b.WriteByte(byte(v))
					i += 2
					continue
				}
			}
			b.WriteByte(unescape(s[i]))
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, false
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}
