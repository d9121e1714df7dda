package sshrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// keyring is every key that a login may try, in the order in which it tries them, and why others are not among them.
type keyring struct {
	keys  []loginKey
	notes []string // "~/.ssh/x: permission denied"
	agent net.Conn
}

type loginKey struct {
	signer ssh.Signer
	name   string // a path, or "agent key …"
}

func (r *keyring) signers() []ssh.Signer {
	var list []ssh.Signer
	for _, k := range r.keys {
		list = append(list, k.signer)
	}
	return list
}

func (r *keyring) close() {
	if r.agent != nil {
		r.agent.Close()
	}
}

func (r *keyring) add(name string, signer ssh.Signer) {
	blob := signer.PublicKey().Marshal()
	for _, k := range r.keys {
		if bytes.Equal(k.signer.PublicKey().Marshal(), blob) {
			return
		}
	}
	r.keys = append(r.keys, loginKey{signer, name})
}

// keyring gathers the keys. sshd counts each key it is offered (MaxAuthTries 6), so the most likely come first:
// certificates, the key that the inventory names, configured keys that the agent holds, the agent's others, key files,
// and last those that need a passphrase.
func (m *machine) keyring(ctx context.Context, clock *clock) *keyring {
	r := &keyring{}
	held := r.askAgent(ctx, m.set.agent)
	var files, locked []loginKey
	add := func(path string, wanted bool) []loginKey {
		f, err := m.pool.keys.load(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			if wanted {
				r.notes = append(r.notes, path+" does not exist")
			}
			return nil
		case err != nil:
			r.notes = append(r.notes, err.Error())
			return nil
		}
		k := loginKey{f.signer(m.pool, clock), path}
		if in := slices.IndexFunc(held, func(s ssh.Signer) bool { return same(s.PublicKey(), k.signer.PublicKey()) }); in >= 0 {
			k = loginKey{held[in], path + " (in the agent)"}
		} else if f.public != nil && f.private == nil && !f.locked {
			r.notes = append(r.notes, path+": there is only the public half, and the agent does not have the key")
			return nil
		} else if f.locked {
			k.name += " (needs its passphrase)"
		}
		list := []loginKey{k}
		if f.cert != nil {
			if s, err := ssh.NewCertSigner(f.cert, k.signer); err == nil {
				list = append([]loginKey{{s, "certificate " + path + "-cert.pub"}}, list...)
			}
		}
		return list
	}

	var first, configured []loginKey
	if m.set.identityFile != "" {
		first = add(m.set.identityFile, true)
	}
	for _, path := range m.set.identityFiles {
		if path != m.set.identityFile {
			configured = append(configured, add(path, false)...)
		}
	}
	all := append(slices.Clone(first), configured...)
	for _, k := range all {
		if isCert(k.signer) {
			r.add(k.name, k.signer)
		}
	}
	for _, path := range m.set.certificates {
		r.addCertificate(path, all, held)
	}
	for _, k := range first {
		if !needsPassphrase(k.signer) {
			r.add(k.name, k.signer)
		}
	}
	for _, k := range all {
		switch {
		case needsPassphrase(k.signer):
			locked = append(locked, k)
		case strings.HasSuffix(k.name, "(in the agent)"):
			r.add(k.name, k.signer)
		default:
			files = append(files, k)
		}
	}
	if !m.set.identitiesOnly {
		for _, s := range held {
			r.add("agent key "+describe(s.PublicKey()), s)
		}
	}
	for _, k := range append(files, locked...) {
		r.add(k.name, k.signer)
	}
	return r
}

// askAgent lists the agent's keys. An agent that does not answer is no error: a key file may do.
func (r *keyring) askAgent(ctx context.Context, socket string) []ssh.Signer {
	if socket == "" {
		return nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		r.notes = append(r.notes, fmt.Sprintf("the agent does not answer: %v", err))
		return nil
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		conn.Close()
		r.notes = append(r.notes, fmt.Sprintf("the agent does not list its keys: %v", err))
		return nil
	}
	r.agent = conn
	return signers
}

// addCertificate adds a CertificateFile of the configuration, signed for by whichever key it belongs to.
func (r *keyring) addCertificate(path string, files []loginKey, held []ssh.Signer) {
	cert, err := readCertificate(path)
	if err != nil {
		r.notes = append(r.notes, err.Error())
		return
	}
	candidates := slices.Clone(held)
	for _, k := range files {
		candidates = append(candidates, k.signer)
	}
	for _, s := range candidates {
		if same(s.PublicKey(), cert.Key) {
			if signer, err := ssh.NewCertSigner(cert, s); err == nil {
				r.add("certificate "+path, signer)
				return
			}
		}
	}
	r.notes = append(r.notes, path+": the key of this certificate is not there")
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

func isCert(s ssh.Signer) bool { _, ok := s.PublicKey().(*ssh.Certificate); return ok }

func needsPassphrase(s ssh.Signer) bool { _, ok := s.(*lockedKey); return ok }

// loginError says why the server did not let the user in.
func (m *machine) loginError(err error, r *keyring) error {
	var locked *lockedError
	text := err.Error()
	switch {
	case errors.As(err, &locked):
		return &remote.LoginError{Server: m.set.name, User: m.set.user, Detail: locked.Error(), Err: err}
	case !strings.Contains(text, "unable to authenticate") && !strings.Contains(text, "authentication failures"):
		return err // the connection broke
	}
	detail := "it took none of the keys"
	if !strings.Contains(text, "publickey") && len(r.keys) > 0 && strings.Contains(text, "unable to authenticate") {
		detail = "it takes no keys"
	}
	if len(r.keys) == 0 {
		detail = "there is no key to show"
	}
	if strings.Contains(text, "authentication failures") {
		detail = "it was offered more keys than it allows (name one with identity_file, and IdentitiesOnly in ~/.ssh/config)"
	}
	var names []string
	for _, k := range r.keys {
		names = append(names, k.name)
	}
	if len(names) > 0 {
		detail += "; tried " + strings.Join(names, ", ")
	}
	if len(r.notes) > 0 {
		detail += "; " + strings.Join(r.notes, "; ")
	}
	return &remote.LoginError{Server: m.set.name, User: m.set.user, Detail: detail, Err: err}
}
