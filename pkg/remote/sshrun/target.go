package sshrun

import "time"

// Target names one server and what the inventory says about reaching it. An empty field is taken from ~/.ssh/config,
// else from OpenSSH's defaults; a field that is set wins over ~/.ssh/config.
type Target struct {
	Label        string // how messages call the server; empty: Host
	Host         string // a name, an IPv4 or IPv6 address, or an alias of ~/.ssh/config
	Port         string
	User         string
	IdentityFile string // a private key; tried first
	KnownHosts   string // the known_hosts file to use instead of the user's own
	Jump         string // as ssh -J takes it: [user@]host[:port], several by comma; "none" for none
	HostKey      string // the only host key to accept: "ssh-ed25519 AAAA…" or "SHA256:…"

	fallbackUser string // of a jump host: its user where neither the hop nor ~/.ssh/config names one
	depth        int    // how many servers are behind this jump host; 0 for a server itself
}

func (t Target) label() string {
	if t.Label != "" {
		return t.Label
	}
	return t.Host
}

// Options hold for every server of a [Pool]. The zero value is good for a program without a terminal.
type Options struct {
	// ConfigFile is read in place of ~/.ssh/config and the system's (ssh -F); "none" reads no file.
	ConfigFile string
	// SSH is the OpenSSH client that is asked what the configuration says. Empty: the ssh in PATH; where there is
	// none, or with "none", the configuration files are not read and OpenSSH's defaults hold.
	SSH string
	// Home is the user's home, for ~ in paths. Empty: the home of the user who runs the program.
	Home string
	// Agent is the socket of the SSH agent unless the configuration names another. Empty: SSH_AUTH_SOCK;
	// "none": no agent.
	Agent string
	// Ask puts a yes-or-no question to the user. Nil, when there is no terminal: an unknown host key is refused.
	Ask func(question string) bool
	// AskPassphrase asks for the passphrase of an encrypted key file. Nil: such a key has to be in the agent.
	AskPassphrase func(prompt string) (string, error)
	// ConnectTimeout bounds each hop's TCP connection and handshake together, retries included. Default 10 s; a
	// ConnectTimeout of ~/.ssh/config wins.
	ConnectTimeout time.Duration
	// Parallel is how many servers are dialled at once. Default 64.
	Parallel int
	// KeepAlive is the pause between two signs of life; after three unanswered ones a connection is given up.
	// Default 15 s.
	KeepAlive time.Duration
}

const (
	perServerHandshakes = 8 // sshd drops at random from 10 unfinished ones: MaxStartups 10:30:100
	perConnSessions     = 8 // sshd refuses from 10 on: MaxSessions 10; two are left for killing and copying
)
