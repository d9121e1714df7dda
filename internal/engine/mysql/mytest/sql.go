package mytest

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// sessionState is what one client's session has set.
type sessionState struct{ logged bool }

// statement is one that the world understands.
type sqlStatement struct {
	pattern *regexp.Regexp
	changes bool
	do      func(*Server, *sessionState, []string) (string, error)
}

func sql(pattern string, changes bool, do func(*Server, *sessionState, []string) (string, error)) sqlStatement {
	return sqlStatement{regexp.MustCompile(`(?s)^` + pattern + `$`), changes, do}
}

// client is a client on the server's own socket.
func (s *Server) client(c machinetest.Call) (string, error) {
	if s.running == nil {
		return "", machinetest.Fails("ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)")
	}
	session := &sessionState{logged: true}
	var out strings.Builder
	for _, text := range strings.Split(strings.TrimSpace(c.Input), ";") {
		text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "\n"))
		if text == "" {
			continue
		}
		s.replicate()
		answer, err := s.statement(session, text, c.ReadOnly)
		out.WriteString(answer)
		if err != nil {
			return out.String(), err
		}
	}
	return out.String(), nil
}

func (s *Server) statement(session *sessionState, text string, readOnly bool) (string, error) {
	for _, known := range statements {
		m := known.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if known.changes && readOnly {
			s.T.Errorf("%s: a statement that changes something is called read-only: %s", s.key(), text)
		}
		if known.changes && s.running.on("super_read_only") && refusedReadOnly.MatchString(text) {
			return "", machinetest.Fails("ERROR 1290 (HY000): The MySQL server is running with the --super-read-only option so it cannot execute this statement")
		}
		return known.do(s, session, m)
	}
	s.T.Errorf("%s: SQL that this world does not know: %s", s.key(), text)
	return "", machinetest.Fails("ERROR 1064 (42000): You have an error in your SQL syntax")
}

var refusedReadOnly = regexp.MustCompile(`^(CREATE|DROP|ALTER|GRANT|INSTALL|UNINSTALL)`)

func row(text string) (string, error) { return text + "\n", nil }

func rows(list []string) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	return strings.Join(list, "\n") + "\n", nil
}

// proofOf is what an account keeps of a password.
func proofOf(w *World, password string) string {
	if !w.mariadb() {
		return "sha2:" + password
	}
	first := sha1.Sum([]byte(password))
	second := sha1.Sum(first[:])
	return "*" + strings.ToUpper(hex.EncodeToString(second[:]))
}

func (s *Server) setAccount(session *sessionState, name, host, proof string) {
	s.execute(session.logged, func(d *data) { d.accounts[name+"@"+host] = proof })
}

func (d *data) accountHosts(name string) []string {
	var hosts []string
	for _, account := range slices.Sorted(maps.Keys(d.accounts)) {
		if n, host, _ := strings.Cut(account, "@"); n == name {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

func (s *Server) variable(name string) (string, error) {
	v, known := s.running.settings[name]
	if !known {
		s.T.Errorf("%s: an option that this world does not know: %s", s.key(), name)
	}
	return row(v.text + "\t" + v.source + " " + v.file)
}

func (s *Server) setGlobal(name, text string) error {
	text = strings.Trim(text, "'")
	if name == "gtid_slave_pos" {
		n := 0
		if text != "" {
			if _, err := fmt.Sscanf(text[strings.LastIndexByte(text, '-')+1:], "%d", &n); err != nil {
				return machinetest.Fails("ERROR 1930: could not parse GTID list")
			}
		}
		s.running.data.applied = n
		return nil
	}
	v := s.running.settings[name]
	v.text, v.source, v.file = text, "sql", ""
	s.running.settings[name] = v
	if name == "super_read_only" && text == "ON" {
		s.running.settings["read_only"] = v
	}
	return nil
}
