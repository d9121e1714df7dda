package pgtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// statement recognises the script that feeds SQL to the instance's own psql.
var statement = regexp.MustCompile(`exec "\$1/psql" .*host=\$2 port=\$3`)

// psql runs SQL as ON_ERROR_STOP does: up to the first error.
func (s *Server) psql(c machinetest.Call) (string, error) {
	if s.running == nil {
		return "", machinetest.Exits(2, fmt.Sprintf("psql: error: connection to server on socket \"%s/.s.PGSQL.5432\" failed: No such file or directory", c.Args[1]))
	}
	var out []string
	readOnly, inside := false, false
	for _, text := range statements(c.Input) {
		q, values := s.recognise(text)
		switch {
		case q == nil:
			s.T.Errorf("%s: SQL that this world does not know:\n%s", s.key(), text)
			return "", machinetest.Exits(3, "ERROR:  unknown statement")
		case q.readsOnly:
			readOnly = true
		case q.writes && (readOnly || c.ReadOnly):
			s.T.Errorf("%s: a command that only reads would change something: %s", s.key(), text)
		}
		if q.begins {
			inside = true
		}
		if q.changes && s.running.recovery {
			return "", machinetest.Exits(3, fmt.Sprintf("ERROR:  cannot execute %s in a read-only transaction", strings.Join(strings.Fields(text)[:2], " ")))
		}
		if q.do == nil || inside {
			continue
		}
		answer, err := q.do(s, values)
		if err != nil {
			return "", machinetest.Exits(3, "ERROR:  "+err.Error())
		}
		if q.answers {
			out = append(out, answer)
		}
		s.world.settle()
	}
	if len(out) == 0 {
		return "", nil
	}
	return strings.Join(out, "\n") + "\n", nil
}

// statements cuts SQL at its semicolons, but for those in quotes and in $belt$ … $belt$.
func statements(text string) []string {
	var out []string
	var b strings.Builder
	quoted, dollars := false, false
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "$belt$"):
			dollars = !dollars
		case text[i] == '\'' && !dollars:
			quoted = !quoted
		case text[i] == ';' && !quoted && !dollars:
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
			continue
		}
		b.WriteByte(text[i])
	}
	if rest := strings.TrimSpace(b.String()); rest != "" {
		out = append(out, rest)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// query is a statement that the world understands.
type query struct {
	text      *regexp.Regexp
	answers   bool // prints a row
	writes    bool // changes something, if only a file
	changes   bool // changes data: refused by a standby
	readsOnly bool
	begins    bool // opens a transaction that is rolled back
	do        func(*Server, []string) (string, error)
}

func (s *Server) recognise(text string) (*query, []string) {
	text = strings.Join(strings.Fields(text), " ")
	for i := range queries {
		if m := queries[i].text.FindStringSubmatch(text); m != nil {
			return &queries[i], m[1:]
		}
	}
	return nil, nil
}
