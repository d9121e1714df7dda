package sshrun

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// keyFile is one private key file and what lies beside it.
type keyFile struct {
	path    string
	private ssh.Signer    // nil when it needs a passphrase, or only the public half is there
	public  ssh.PublicKey // of the file itself, or of path.pub
	cert    *ssh.Certificate
	locked  bool

	mu       sync.Mutex
	unlocked ssh.Signer
	raw      []byte
}

// keyCache reads each key file once, so that its passphrase is asked for once.
type keyCache struct {
	mu    sync.Mutex
	files map[string]*keyFile
}

func (c *keyCache) load(path string) (*keyFile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.files[path]; f != nil {
		return f, nil
	}
	f, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	if c.files == nil {
		c.files = map[string]*keyFile{}
	}
	c.files[path] = f
	return f, nil
}

func readKeyFile(path string) (*keyFile, error) {
	f := &keyFile{path: path}
	f.public = readPublic(strings.TrimSuffix(path, ".pub") + ".pub")
	if cert, err := readCertificate(strings.TrimSuffix(path, ".pub") + "-cert.pub"); err == nil {
		f.cert = cert
	}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && f.public != nil, err == nil && strings.HasSuffix(path, ".pub"):
		return f, nil // names a key of the agent
	case err != nil:
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(raw)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		f.locked, f.raw = true, raw
		if locked.PublicKey != nil {
			f.public = locked.PublicKey
		}
		if f.public == nil {
			return nil, fmt.Errorf("%s is encrypted and has no public half beside it: load it into the agent: ssh-add %s", path, path)
		}
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read as a key: %w", path, err)
	default:
		f.private, f.public = signer, signer.PublicKey()
	}
	return f, nil
}

func readPublic(path string) ssh.PublicKey {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return key
}

func readCertificate(path string) (*ssh.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read as a certificate: %w", path, err)
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, fmt.Errorf("%s is no certificate", path)
	}
	return cert, nil
}

func (f *keyFile) signer(p *Pool, clock *clock) ssh.Signer {
	if f.private != nil {
		return f.private
	}
	return &lockedKey{file: f, pool: p, clock: clock}
}

// lockedKey is an encrypted key that is decrypted only when a server has said that it would take it.
type lockedKey struct {
	file  *keyFile
	pool  *Pool
	clock *clock
}

// lockedError says that a key which the server takes cannot be used.
type lockedError struct {
	path string
	why  string
}

func (e *lockedError) Error() string {
	return fmt.Sprintf("the key %s is encrypted%s: load it into the agent first: ssh-add %s", e.path, e.why, e.path)
}

func (k *lockedKey) PublicKey() ssh.PublicKey { return k.file.public }

func (k *lockedKey) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	return k.SignWithAlgorithm(rand.Reader, data, "")
}

func (k *lockedKey) SignWithAlgorithm(_ io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signer, err := k.unlock()
	if err != nil {
		return nil, err
	}
	if a, ok := signer.(ssh.AlgorithmSigner); ok {
		return a.SignWithAlgorithm(rand.Reader, data, algorithm)
	}
	return signer.Sign(rand.Reader, data)
}

// Algorithms makes it an [ssh.MultiAlgorithmSigner]: RSA without SHA-1.
func (k *lockedKey) Algorithms() []string {
	if t := k.file.public.Type(); t != ssh.KeyAlgoRSA {
		return []string{t}
	}
	return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
}

func (k *lockedKey) unlock() (ssh.Signer, error) {
	f, asker := k.file, k.pool.opts.AskPassphrase
	k.clock.pause()
	defer k.clock.wind()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unlocked != nil {
		return f.unlocked, nil
	}
	if f.raw == nil || asker == nil {
		return nil, &lockedError{path: f.path}
	}
	k.pool.terminal.Lock()
	defer k.pool.terminal.Unlock()
	for range 3 {
		phrase, err := asker(fmt.Sprintf("Passphrase of %s: ", f.path))
		if err != nil {
			return nil, &lockedError{f.path, fmt.Sprintf(" and no passphrase was given (%v)", err)}
		}
		if signer, err := ssh.ParsePrivateKeyWithPassphrase(f.raw, []byte(phrase)); err == nil {
			f.unlocked = signer
			return signer, nil
		}
	}
	return nil, &lockedError{f.path, " and its passphrase was wrong three times"}
}
