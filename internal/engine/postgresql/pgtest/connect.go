package pgtest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// connect logs in to another server as libpq would: the port, pg_hba.conf, the password of the passfile against what the
// role has, and the certificate have to fit.
func (s *Server) connect(conn map[string]string, database string) (*Server, error) {
	p := s.world.at(conn["host"])
	if p == nil || p.Machine.Down != nil || p.closed {
		return nil, fmt.Errorf("connection to server at %q, port %s failed: No route to host", conn["host"], conn["port"])
	}
	if p.running == nil || conn["port"] != p.value("port") || !p.listens(conn["host"]) {
		return nil, fmt.Errorf("connection to server at %q, port %s failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", conn["host"], conn["port"])
	}
	tls := p.value("ssl") == "on" && conn["sslmode"] != "disable"
	if strings.HasPrefix(conn["sslmode"], "verify") {
		if !tls {
			return nil, fmt.Errorf("server does not support SSL, but SSL was required")
		}
		if !trusts(s.Files.Read(conn["sslrootcert"]), p.Files.Read(p.value("ssl_cert_file"))) {
			return nil, fmt.Errorf("SSL error: certificate verify failed")
		}
	}
	from := s.Internal
	if conn["host"] == p.External && p.Internal != p.External {
		from = s.External
	}
	if method := p.rule(conn["user"], database, from, tls); method != "scram-sha-256" {
		return nil, fmt.Errorf("FATAL:  %s", p.noEntry(conn["user"], database, from, tls))
	}
	r := p.running.cluster.catalog.roles[conn["user"]]
	password := ""
	for line := range strings.Lines(s.Files.Read(conn["passfile"])) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) == 5 && f[3] == conn["user"] {
			password = f[4]
		}
	}
	if r == nil || !s.world.verifies(r.verifier, password) {
		return nil, fmt.Errorf("FATAL:  password authentication failed for user %q", conn["user"])
	}
	return p, nil
}

func (s *Server) noEntry(user, database, from string, tls bool) string {
	what, how := "no pg_hba.conf entry for ", "no encryption"
	if s.world.version < 14 {
		how = "SSL off"
	}
	if tls {
		how = "SSL encryption"
		if s.world.version < 14 {
			how = "SSL on"
		}
	}
	if database == "replication" {
		return what + fmt.Sprintf("replication connection from host %q, user %q, %s", from, user, how)
	}
	return what + fmt.Sprintf("host %q, user %q, database %q, %s", from, user, database, how)
}

// listens tells whether the instance takes connections to one of its server's addresses.
func (s *Server) listens(address string) bool {
	for a := range strings.SplitSeq(s.value("listen_addresses"), ",") {
		if a = strings.TrimSpace(a); a == "*" || a == "0.0.0.0" || a == address {
			return true
		}
	}
	return false
}

// rule is the method of the first line of the loaded pg_hba.conf that fits; empty when none does.
func (s *Server) rule(user, database, from string, tls bool) string {
	for line := range strings.Lines(s.running.hba) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) < 5 || f[0] == "hostssl" && !tls || f[0] != "host" && f[0] != "hostssl" {
			continue
		}
		prefix, err := netip.ParsePrefix(f[3])
		address, err2 := netip.ParseAddr(from)
		if err != nil || err2 != nil || !prefix.Contains(address) {
			continue
		}
		databases := strings.Split(f[1], ",")
		if !slices.Contains(databases, database) && (!slices.Contains(databases, "all") || database == "replication") {
			continue
		}
		if f[2] == user || f[2] == "all" {
			return f[4]
		}
	}
	return ""
}

// verifies checks a password as RFC 5802 has it: the key that the password leads to hashes to the stored one.
func (w *World) verifies(verifier, password string) bool {
	parts := strings.FieldsFunc(verifier, func(r rune) bool { return r == '$' || r == ':' })
	if len(parts) != 5 || parts[0] != "SCRAM-SHA-256" {
		return false
	}
	var rounds int
	fmt.Sscan(parts[1], &rounds)
	salt, err1 := base64.StdEncoding.DecodeString(parts[2])
	stored, err2 := base64.StdEncoding.DecodeString(parts[3])
	key := verifierKey{password, string(salt), rounds}
	got, known := w.verified[key]
	if !known {
		salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
		if err != nil {
			return false
		}
		h := hmac.New(sha256.New, salted)
		h.Write([]byte("Client Key"))
		sum := sha256.Sum256(h.Sum(nil))
		got = string(sum[:])
		w.verified[key] = got
	}
	return err1 == nil && err2 == nil && got == string(stored)
}

type verifierKey struct {
	password, salt string
	rounds         int
}
