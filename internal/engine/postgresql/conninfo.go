package postgresql

import (
	"strings"
)

// conninfo writes a libpq connection string: pairs of keyword and value, in the order given. An empty value is left out.
// See "Connection Strings" in PostgreSQL's manual.
func conninfo(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		value := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(pairs[i+1])
		if strings.ContainsAny(value, " \t\n'\\") {
			value = "'" + value + "'"
		}
		out = append(out, pairs[i]+"="+value)
	}
	return strings.Join(out, " ")
}

// parseConninfo reads a connection string of keywords and values; it forgives what libpq would refuse, since it only
// serves to recognise.
func parseConninfo(s string) map[string]string {
	out := map[string]string{}
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return out
		}
		var value strings.Builder
		rest = strings.TrimLeft(rest, " ")
		quoted := strings.HasPrefix(rest, "'")
		if quoted {
			rest = rest[1:]
		}
		i := 0
		for ; i < len(rest); i++ {
			if rest[i] == '\\' && i+1 < len(rest) {
				i++
			} else if quoted && rest[i] == '\'' || !quoted && rest[i] == ' ' {
				i++
				break
			}
			value.WriteByte(rest[i])
		}
		out[strings.TrimSpace(key)] = value.String()
		s = rest[i:]
	}
	return out
}

// upstream is "host:port" of a standby's connection string.
func upstream(s string) string {
	c := parseConninfo(s)
	host := c["hostaddr"]
	if host == "" {
		host = c["host"]
	}
	if host == "" {
		return ""
	}
	port := c["port"]
	if port == "" {
		port = "5432"
	}
	return host + ":" + port
}

// unquoteSetting reads a value as postgresql.auto.conf writes it: in single quotes, which are doubled inside.
func unquoteSetting(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	return strings.ReplaceAll(s, "''", "'")
}
