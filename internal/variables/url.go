package variables

import (
	"net/url"
	"strconv"
	"strings"
)

// url is where a client connects: the primary, or for a MongoDB replica set all
// of its members.
func (e engine) url(db Database, of func(Addr) string) string {
	port := db.Port
	if port == 0 {
		port = e.port
	}
	addrs := []Addr{db.Primary}
	if e.set && db.SetName != "" {
		addrs = db.members()
	}
	var hosts []string
	for _, a := range addrs {
		if host := of(a); host != "" {
			hosts = append(hosts, hostPort(host, port))
		}
	}
	path := ""
	if db.DatabaseName != "" {
		path = "/" + escape(db.DatabaseName)
	}
	if e.set && db.SetName != "" {
		// The slash has to be there: mongodb://host/?replicaSet=rs0.
		path = "/" + strings.TrimPrefix(path, "/") + "?replicaSet=" + escape(db.SetName)
	}
	return e.scheme + "://" + e.user(db) + strings.Join(hosts, ",") + path
}

// user is the user part with its @. Redis has passwords without a user name; for
// the others a password alone is no account.
func (e engine) user(db Database) string {
	switch {
	case db.Username == "" && (db.Password == "" || e.scheme != "redis"):
		return ""
	case db.Password == "":
		return escape(db.Username) + "@"
	}
	return escape(db.Username) + ":" + escape(db.Password) + "@"
}

// hostPort puts IPv6 addresses in brackets, and a zone's % as %25 (RFC 6874).
func hostPort(host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + strings.ReplaceAll(strings.Trim(host, "[]"), "%", "%25") + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// escape percent-encodes everything but the unreserved characters of RFC 3986,
// so that no client can mistake a part of a password for the end of it.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
