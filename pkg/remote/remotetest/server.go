package remotetest

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// ServerOptions choose how a [Server] behaves. The zero value is a well-behaved one with one ed25519 host key.
type ServerOptions struct {
	Listen       string          // default 127.0.0.1:0
	HostKeys     []ssh.Signer    // default: a new ed25519 key
	Authorized   []ssh.PublicKey // keys that may log in; default: the server's own ClientKey
	UserCA       ssh.PublicKey   // accepts certificates that this key signed, and no plain key
	PasswordOnly bool            // takes no keys at all
	MaxAuthTries int             // default 6, as sshd's

	Shell       []string // the login shell, given "-c" and the command; default /bin/sh
	Noise       string   // printed on both outputs before each command, as a noisy .bashrc does
	Env         []string // added to the environment of commands
	MaxSessions int      // further sessions are refused; 0: no bound
	NoSFTP      bool

	Silent         bool         // accepts connections and says nothing
	DropHandshakes int          // hangs up on that many connections first, as MaxStartups does
	Deaf           *atomic.Bool // while true, nothing that arrives is answered
}

// Server is an SSH server inside the test process, on a loopback address. It runs commands for real, as the user who
// runs the test, forwards TCP connections, and serves SFTP.
type Server struct {
	ClientKey     ssh.Signer // may log in, unless Authorized or UserCA say otherwise
	ClientKeyFile string     // the same key as a file

	opts     ServerOptions
	t        testing.TB
	listener net.Listener
	dropped  atomic.Int32
	wg       sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	logins   int
	sessions int
	most     int
	users    []string

	unfinished, mostUnfinished int
}

// NewServer starts a server that ends with the test.
func NewServer(t testing.TB, opts ServerOptions) *Server {
	t.Helper()
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:0"
	}
	if opts.HostKeys == nil {
		opts.HostKeys = []ssh.Signer{NewKey(t)}
	}
	if opts.Shell == nil {
		opts.Shell = []string{"/bin/sh"}
	}
	l, err := net.Listen("tcp", opts.Listen)
	if err != nil {
		t.Fatalf("start an SSH server: %v", err)
	}
	s := &Server{opts: opts, t: t, listener: l, conns: map[net.Conn]bool{}}
	s.ClientKey, s.ClientKeyFile = NewKeyFile(t, "")
	if opts.Authorized == nil && opts.UserCA == nil && !opts.PasswordOnly {
		s.opts.Authorized = []ssh.PublicKey{s.ClientKey.PublicKey()}
	}
	s.wg.Add(1)
	go s.accept()
	t.Cleanup(s.Close)
	return s
}

// NewKey makes an ed25519 key.
func NewKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// Host is the address the server listens on.
func (s *Server) Host() string { host, _, _ := net.SplitHostPort(s.Addr()); return host }

// Port is the port the server listens on.
func (s *Server) Port() string { _, port, _ := net.SplitHostPort(s.Addr()); return port }

// Addr is host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// HostKey is the first host key, as authorized_keys and host_key have it.
func (s *Server) HostKey() string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.opts.HostKeys[0].PublicKey())))
}

// KnownHosts writes a known_hosts file with every host key of the servers, and returns its path.
func KnownHosts(t testing.TB, servers ...*Server) string {
	t.Helper()
	var text strings.Builder
	for _, s := range servers {
		for _, key := range s.opts.HostKeys {
			fmt.Fprintln(&text, knownhosts.Line([]string{s.Addr()}, key.PublicKey()))
		}
	}
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Logins is how many logins have succeeded.
func (s *Server) Logins() int { s.mu.Lock(); defer s.mu.Unlock(); return s.logins }

// MostSessions is the largest number of sessions that were open at once.
func (s *Server) MostSessions() int { s.mu.Lock(); defer s.mu.Unlock(); return s.most }

// MostHandshakes is the largest number of logins that were under way at once.
func (s *Server) MostHandshakes() int { s.mu.Lock(); defer s.mu.Unlock(); return s.mostUnfinished }

// Users are the names that have logged in, in order.
func (s *Server) Users() []string { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.users) }

// Cut breaks every connection at once, as a router that fails does.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// Close ends the server and its commands.
func (s *Server) Close() {
	s.listener.Close()
	s.Cut()
	s.wg.Wait()
}

func (s *Server) accept() {
	defer s.wg.Done()
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		if int(s.dropped.Add(1)) <= s.opts.DropHandshakes {
			c.Close()
			continue
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			s.serve(c)
			c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		}()
	}
}

func (s *Server) config() *ssh.ServerConfig {
	cfg := &ssh.ServerConfig{MaxAuthTries: s.opts.MaxAuthTries}
	for _, key := range s.opts.HostKeys {
		cfg.AddHostKey(key)
	}
	refused := errors.New("refused")
	cfg.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, refused }
	if s.opts.PasswordOnly {
		return cfg
	}
	cfg.PublicKeyCallback = func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		for _, a := range s.opts.Authorized {
			if slices.Equal(a.Marshal(), key.Marshal()) {
				return nil, nil
			}
		}
		return nil, refused
	}
	if ca := s.opts.UserCA; ca != nil {
		checker := &ssh.CertChecker{IsUserAuthority: func(key ssh.PublicKey) bool { return slices.Equal(key.Marshal(), ca.Marshal()) }}
		cfg.PublicKeyCallback = checker.Authenticate
	}
	return cfg
}

func (s *Server) serve(c net.Conn) {
	if s.opts.Silent {
		buf := make([]byte, 1024)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	}
	if s.opts.Deaf != nil {
		c = &deafConn{Conn: c, deaf: s.opts.Deaf}
	}
	s.mu.Lock()
	s.unfinished++
	s.mostUnfinished = max(s.mostUnfinished, s.unfinished)
	s.mu.Unlock()
	sc, chans, reqs, err := ssh.NewServerConn(c, s.config())
	s.mu.Lock()
	s.unfinished--
	s.mu.Unlock()
	if err != nil {
		return
	}
	s.mu.Lock()
	s.logins++
	s.users = append(s.users, sc.User())
	s.mu.Unlock()
	go ssh.DiscardRequests(reqs)
	var wg sync.WaitGroup
	defer wg.Wait()
	for nc := range chans {
		wg.Add(1)
		go func() {
			defer wg.Done()
			switch nc.ChannelType() {
			case "session":
				s.session(nc)
			case "direct-tcpip":
				forward(nc)
			default:
				nc.Reject(ssh.UnknownChannelType, "not here")
			}
		}()
	}
}

// deafConn swallows what it should send while deaf, as a cut cable does.
type deafConn struct {
	net.Conn
	deaf *atomic.Bool
}

func (d *deafConn) Write(p []byte) (int, error) {
	if d.deaf.Load() {
		return len(p), nil
	}
	return d.Conn.Write(p)
}
