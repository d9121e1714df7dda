package remotetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
)

// NewKeyFile writes a new ed25519 key as OpenSSH does, encrypted if there is a passphrase, and its public half beside
// it. It returns the key and the path.
func NewKeyFile(t testing.TB, passphrase string) (ssh.Signer, string) {
	t.Helper()
	return NewKeyFileOf(t, "ed25519", passphrase)
}

// NewKeyFileOf is NewKeyFile for a type of ssh-keygen: ed25519, ecdsa or rsa.
func NewKeyFileOf(t testing.TB, kind, passphrase string) (ssh.Signer, string) {
	t.Helper()
	var private crypto.PrivateKey
	var err error
	switch kind {
	case "rsa":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ecdsa":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ed25519":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("no key type %q", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "id_"+kind)
	for name, content := range map[string][]byte{path: pem.EncodeToMemory(block), path + ".pub": ssh.MarshalAuthorizedKey(signer.PublicKey())} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return signer, path
}

// MarshalKey returns a private key as an unencrypted key file.
func MarshalKey(t testing.TB, private crypto.PrivateKey) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// Certify signs a key: ssh.UserCert for logins as the principal, or ssh.HostCert for a host of that name.
func Certify(t testing.TB, ca ssh.Signer, key ssh.PublicKey, certType uint32, principal string) *ssh.Certificate {
	t.Helper()
	cert := &ssh.Certificate{Key: key, CertType: certType, ValidPrincipals: []string{principal}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	return cert
}
