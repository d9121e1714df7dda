package talk

import (
	"fmt"
	"strings"
)

// Reply is the answer to one command, as the client program printed it.
type Reply struct {
	Text string // without the last line break
	Err  error  // an *Error when the server refused the command
}

// Error is a command that the server refused.
type Error struct {
	Server  string
	Command string // its first words, no values
	Message string // "NOPERM this user has no permissions …"
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Server, e.Command, e.Message) }

// refused is the message of a reply that is an error.
func refused(text string) (string, bool) {
	rest, is := strings.CutPrefix(text, "ERROR,")
	if !is {
		return "", false
	}
	if message, length, ok := quoted(rest); ok && strings.HasPrefix(rest, `"`) && length == len(rest) {
		return message, true
	}
	return strings.TrimSpace(rest), true
}

// Values are the values of a reply, those of nested lists one after the other; nil is the empty text.
func (r Reply) Values() []string {
	var out []string
	for s := r.Text; s != ""; {
		var value string
		if s[0] == '"' {
			text, length, ok := quoted(s)
			if !ok {
				return append(out, s)
			}
			value, s = text, s[length:]
		} else {
			value, _, _ = strings.Cut(s, ",")
			s = s[len(value):]
			if value == "NULL" {
				value = ""
			}
		}
		out = append(out, value)
		s = strings.TrimPrefix(s, ",")
	}
	return out
}

// Value is the first of the values, empty when there is none.
func (r Reply) Value() string {
	if v := r.Values(); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Pairs are the values of a reply that alternates names and values, such as that of CONFIG GET.
func (r Reply) Pairs() map[string]string {
	out := map[string]string{}
	v := r.Values()
	for i := 0; i+1 < len(v); i += 2 {
		out[v[i]] = v[i+1]
	}
	return out
}

// Lines are the lines of a reply that the client prints as it is, such as those of INFO and CLIENT LIST.
func (r Reply) Lines() []string {
	text := strings.TrimSpace(strings.ReplaceAll(r.Text, "\r", ""))
	if v, length, ok := quoted(text); strings.HasPrefix(text, `"`) && ok && length == len(text) {
		text = strings.TrimSpace(strings.ReplaceAll(v, "\r", ""))
	}
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// Fields are the name:value lines of INFO.
func (r Reply) Fields() map[string]string {
	out := map[string]string{}
	for _, line := range r.Lines() {
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			out[name] = value
		}
	}
	return out
}
