package sshrun

import (
	"net/url"
	"strings"
)

// splitJump takes a ProxyJump value apart: hops by comma, "none" for none.
func splitJump(jump string) []string {
	if strings.EqualFold(strings.TrimSpace(jump), "none") {
		return nil
	}
	var hops []string
	for hop := range strings.SplitSeq(jump, ",") {
		if hop = strings.TrimSpace(hop); hop != "" {
			hops = append(hops, hop)
		}
	}
	return hops
}

// parseHop reads [user@]host[:port], [user@][v6]:port, a bare IPv6 address, or ssh://….
func parseHop(hop string) Target {
	var t Target
	if u, err := url.Parse(hop); err == nil && u.Scheme == "ssh" {
		t.Host, t.Port = u.Hostname(), u.Port()
		if u.User != nil {
			t.User = u.User.Username()
		}
		return t
	}
	if i := strings.LastIndex(hop, "@"); i >= 0 {
		t.User, hop = hop[:i], hop[i+1:]
	}
	switch {
	case strings.HasPrefix(hop, "["):
		host, rest, _ := strings.Cut(hop[1:], "]")
		t.Host, t.Port = host, strings.TrimPrefix(rest, ":")
	case strings.Count(hop, ":") == 1:
		t.Host, t.Port, _ = strings.Cut(hop, ":")
	default:
		t.Host = hop
	}
	return t
}
