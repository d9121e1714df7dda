package envfile

import (
	"bytes"
	"strings"
)

// skipCommand passes one shell command of any kind to the end of its line, over
// quotes, continued lines and here documents. When a quote is not closed, the
// command is one line.
func skipCommand(src []byte, start int) int {
	var documents []hereDocument // begin at the next newline
	for i := start; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\n':
			return skipDocuments(src, i+1, documents)
		case c == '\\':
			i++
		case c == '\'':
			n := bytes.IndexByte(src[i+1:], '\'')
			if n < 0 {
				return lineEnd(src, start)
			}
			i += n + 1
		case c == '"':
			_, end := readDoubleQuoted(src, i+1)
			if end < 0 {
				return lineEnd(src, start)
			}
			i = end
		case c == '#' && (i == start || isBlank(src[i-1])):
			i = trimEOL(src, i, lineEnd(src, i)) - 1
		case bytes.HasPrefix(src[i:], []byte("<<<")): // bash: a string, no document
			i += 2
		case bytes.HasPrefix(src[i:], []byte("<<")):
			i += 2
			indented := bytes.HasPrefix(src[i:], []byte("-"))
			if indented {
				i++
			}
			word := variable{vstart: skipBlanks(src, i)}
			if !readShellWord(src, &word) || word.vend == word.vstart {
				return lineEnd(src, start)
			}
			documents = append(documents, hereDocument{word.value, indented})
			i = word.vend - 1
		}
	}
	return len(src)
}

// hereDocument is the text behind <<delimiter, or behind <<-delimiter, where tabs
// may stand before the delimiter that ends it.
type hereDocument struct {
	delimiter string
	indented  bool
}

// skipDocuments passes the here documents that begin at i.
func skipDocuments(src []byte, i int, documents []hereDocument) int {
	for _, d := range documents {
		for ended := false; i < len(src) && !ended; {
			end := lineEnd(src, i)
			line := strings.TrimSuffix(string(src[i:end]), "\n")
			if d.indented {
				line = strings.TrimLeft(line, "\t")
			}
			i, ended = end, line == d.delimiter
		}
	}
	return i
}
