package compare

import "strings"

// fields takes apart the text form of a row, (1,"a ""b""",,\\x), into the texts of its values; null is the empty
// string. A text that was cut short loses only its end.
func fields(record string) []string {
	text := strings.TrimPrefix(record, "(")
	var out []string
	var value strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '"' && i+1 < len(text) && text[i+1] == '"', c == '\\' && i+1 < len(text):
			i++
			value.WriteByte(text[i])
		case c == '"':
			quoted = !quoted
		case quoted:
			value.WriteByte(c)
		case c == ')':
			return append(out, value.String())
		case c == ',':
			out = append(out, value.String())
			value.Reset()
		default:
			value.WriteByte(c)
		}
	}
	return append(out, value.String())
}
