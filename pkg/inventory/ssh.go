package inventory

// SSH says how to log in to a server. What is zero is left to ~/.ssh/config and its defaults.
type SSH struct {
	User         string
	Port         int
	IdentityFile string // absolute
	KnownHosts   string // absolute
	Jump         string // as ssh's ProxyJump: [user@]host[:port], several separated by commas, or "none"
	HostKey      string // the pinned key, as in a known_hosts line: "ssh-ed25519 AAAA…"; only of a single server
}

// over lays the settings of s over the defaults d.
func (s SSH) over(d SSH) SSH {
	first := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	merged := SSH{
		User:         first(s.User, d.User),
		Port:         s.Port,
		IdentityFile: first(s.IdentityFile, d.IdentityFile),
		KnownHosts:   first(s.KnownHosts, d.KnownHosts),
		Jump:         first(s.Jump, d.Jump),
		HostKey:      s.HostKey,
	}
	if merged.Port == 0 {
		merged.Port = d.Port
	}
	return merged
}
