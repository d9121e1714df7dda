package sshrun

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"al.essio.dev/pkg/shellescape"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// hostKeyCheck decides on the key that a server shows.
type hostKeyCheck struct {
	m          *machine
	clock      *clock
	db         *records
	algorithms []string // those of the keys on record come first, so that the server shows one of them

	mu   sync.Mutex // the handshake calls verify from a goroutine of its own
	done bool
	err  error
}

func (m *machine) hostKeyCheck(clock *clock) (*hostKeyCheck, error) {
	c := &hostKeyCheck{m: m, clock: clock}
	if m.set.hostKey != "" {
		algorithms, err := pinnedAlgorithms(m.set.hostKey)
		if err != nil {
			return nil, &remote.HostKeyError{Server: m.set.name, Detail: err.Error(),
				Fix: `write host_key in belt.yaml as "ssh-ed25519 AAAA…" or "SHA256:…"`}
		}
		c.algorithms = algorithms
		return c, nil
	}
	db, err := m.pool.known.load(m.set.knownHosts())
	if err != nil {
		return nil, fmt.Errorf("read known_hosts: %w", err)
	}
	c.db = db
	c.algorithms = preferKnown(db.HostKeyAlgorithms(m.set.recordName()))
	return c, nil
}

// preferKnown puts the algorithms of known keys first, and after them Ed25519, as ssh does: the key to show for an unknown
// host is then the one that an administrator compares. SHA-1 signatures (ssh-rsa) are not asked for, and certificates
// only of hosts with a certificate authority on record.
func preferKnown(known []string) []string {
	var list []string
	supported := ssh.SupportedAlgorithms().HostKeys
	for _, a := range known {
		if slices.Contains(supported, a) {
			list = append(list, a)
		}
	}
	for _, a := range append([]string{ssh.KeyAlgoED25519}, supported...) {
		if !slices.Contains(list, a) && !strings.Contains(a, "-cert-") {
			list = append(list, a)
		}
	}
	return list
}

func pinnedAlgorithms(pin string) ([]string, error) {
	if strings.HasPrefix(pin, "SHA256:") {
		return preferKnown(nil), nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(pin))
	if err != nil {
		return nil, fmt.Errorf("the pinned host_key cannot be read: %w", err)
	}
	if key.Type() == ssh.KeyAlgoRSA {
		return preferKnown([]string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}), nil
	}
	return preferKnown([]string{key.Type()}), nil
}

func (c *hostKeyCheck) passed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done && c.err == nil
}

func (c *hostKeyCheck) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// verify is the ssh.HostKeyCallback.
func (c *hostKeyCheck) verify(hostname string, _ net.Addr, key ssh.PublicKey) error {
	err := c.decide(hostname, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done, c.err = true, err
	return err
}

func (c *hostKeyCheck) decide(hostname string, key ssh.PublicKey) error {
	if pin := c.m.set.hostKey; pin != "" {
		return c.comparePinned(pin, key)
	}
	// The record is looked up by name: behind a jump host or a proxy there is no address to compare.
	err := c.db.HostKeyCallback()(hostname, &net.TCPAddr{IP: net.IPv4zero}, key)
	var mismatch *xknownhosts.KeyError
	var revoked *xknownhosts.RevokedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return c.refuse(true, fmt.Sprintf("%s is revoked in %s:%d", describe(key), c.db.name(revoked.Revoked.Filename), revoked.Revoked.Line),
			"that key must not be trusted again: give the server a new host key")
	case errors.As(err, &mismatch) && len(mismatch.Want) > 0:
		return c.changed(hostname, key, mismatch.Want)
	case errors.As(err, &mismatch):
		return c.unknown(hostname, key)
	}
	return c.refuse(false, err.Error(), "")
}

func (c *hostKeyCheck) comparePinned(pin string, key ssh.PublicKey) error {
	want := pin
	if !strings.HasPrefix(pin, "SHA256:") {
		pinned, _, _, _, err := ssh.ParseAuthorizedKey([]byte(pin))
		if err != nil {
			return err
		}
		want = ssh.FingerprintSHA256(pinned)
		pin = describe(pinned)
	}
	if want == ssh.FingerprintSHA256(key) {
		return nil
	}
	return c.refuse(true, fmt.Sprintf("the server shows %s, but host_key in belt.yaml is %s", describe(key), pin),
		fmt.Sprintf("find out why before anything else; if the server was installed anew, put into belt.yaml: host_key: %q", line(key)))
}

func (c *hostKeyCheck) changed(hostname string, key ssh.PublicKey, want []xknownhosts.KnownKey) error {
	var records []string
	for _, w := range want {
		records = append(records, fmt.Sprintf("%s:%d has %s", c.db.name(w.Filename), w.Line, describe(w.Key)))
	}
	return c.refuse(true, fmt.Sprintf("the server shows %s, but %s", describe(key), strings.Join(records, ", ")),
		fmt.Sprintf("find out why before anything else; if the server was installed anew, forget the old key: ssh-keygen -R %s -f %s",
			shellescape.Quote(knownhosts.Normalize(hostname)), shellescape.Quote(c.db.name(want[0].Filename))))
}

func (c *hostKeyCheck) unknown(hostname string, key ssh.PublicKey) error {
	set := c.m.set
	switch {
	case set.policy == acceptNew:
		return c.m.pool.known.add(set, hostname, key)
	case set.policy == ask && c.m.pool.opts.Ask != nil:
		c.clock.pause()
		defer c.clock.wind()
		c.m.pool.terminal.Lock()
		defer c.m.pool.terminal.Unlock()
		question := fmt.Sprintf("%s (%s) is not known yet. Its host key is %s. Is it the right one, and shall it be recorded in %s?",
			set.name, hostname, describe(key), set.userKnownHosts[0])
		if c.m.pool.opts.Ask(question) {
			return c.m.pool.known.add(set, hostname, key)
		}
	}
	record := "/dev/null"
	if len(set.userKnownHosts) > 0 {
		record = set.userKnownHosts[0]
	}
	return c.refuse(false, fmt.Sprintf("%s is not in %s", describe(key), strings.Join(set.knownHosts(), ", ")),
		fmt.Sprintf("compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_%s_key.pub; then pin it in belt.yaml: host_key: %q, or record it: echo %s >> %s",
			kind(key), line(key), shellescape.Quote(knownhosts.Line([]string{hostname}, key)), shellescape.Quote(record)))
}

func (c *hostKeyCheck) refuse(changed bool, detail, fix string) error {
	return &remote.HostKeyError{Server: c.m.set.name, Changed: changed, Detail: detail, Fix: fix}
}

// line is a key as authorized_keys, known_hosts and host_key have it.
func line(key ssh.PublicKey) string { return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) }

// describe names a key as ssh-keygen -l does: "ED25519 SHA256:…".
func describe(key ssh.PublicKey) string {
	return strings.ToUpper(kind(key)) + " " + ssh.FingerprintSHA256(key)
}

func kind(key ssh.PublicKey) string {
	switch t := key.Type(); {
	case strings.Contains(t, "ed25519"):
		return "ed25519"
	case strings.Contains(t, "ecdsa"):
		return "ecdsa"
	case strings.Contains(t, "rsa"):
		return "rsa"
	default:
		return t
	}
}
