package sshrun

import (
	"net"
	"strings"
	"time"
)

// settings is everything that is known about reaching one server: the inventory's words over those of ~/.ssh/config.
type settings struct {
	name    string // as the user calls the server
	host    string
	port    string
	user    string
	network string // tcp, tcp4 or tcp6
	timeout time.Duration

	identityFile   string   // of the inventory
	identityFiles  []string // of the configuration, or OpenSSH's defaults
	certificates   []string
	identitiesOnly bool
	agent          string // socket; empty for none

	hostKey        string // pinned
	hostKeyAlias   string
	userKnownHosts []string // the first is the one to write to
	sysKnownHosts  []string
	hashKnownHosts bool
	policy         policy

	jump         string
	proxyCommand string
}

// policy is what happens to a host key that is on no record. A changed key is refused under each of them.
type policy string

const (
	refuse    policy = "yes"
	ask       policy = "ask"
	acceptNew policy = "accept-new"
)

func (s settings) addr() string { return net.JoinHostPort(s.host, s.port) }

func (s settings) knownHosts() []string {
	return append(append([]string{}, s.userKnownHosts...), s.sysKnownHosts...)
}

func (s settings) knownHostsKey() string { return strings.Join(s.knownHosts(), "\n") }

// recordName is the name under which known_hosts lists the server, with a port.
func (s settings) recordName() string {
	if s.hostKeyAlias != "" {
		return net.JoinHostPort(s.hostKeyAlias, "22") // an alias stands for itself, whatever the port
	}
	return s.addr()
}

// lastHop returns the jump host that the server is reached from; that one has the hops before it for its own.
// Like ssh -J, a hop takes its settings from ~/.ssh/config; what that leaves open comes from the inventory.
func (s settings) lastHop(t Target) (Target, bool) {
	hops := splitJump(s.jump)
	if len(hops) == 0 {
		return Target{}, false
	}
	hop := parseHop(hops[len(hops)-1])
	if hop.Host == s.name && (hop.Port == "" || hop.Port == s.port) {
		return Target{}, false // "Host *" with a ProxyJump holds for the jump host too
	}
	hop.Jump = strings.Join(hops[:len(hops)-1], ",") // empty for the first: its own ProxyJump holds, as with ssh
	hop.KnownHosts = t.KnownHosts
	hop.IdentityFile = t.IdentityFile
	hop.fallbackUser = t.User
	if hop.fallbackUser == "" {
		hop.fallbackUser = t.fallbackUser
	}
	hop.depth = t.depth + 1
	return hop, true
}
