package certificate

import (
	"crypto/x509"
	"time"
)

// Identity is a certificate for one end of one stream, by which the other end knows it.
type Identity struct {
	Own    []byte // certificate and key
	Public []byte // the certificate, for the other end
}

// NewIdentity makes one. It names nobody: the other end knows it by its bytes, which Belt brings there over SSH.
func NewIdentity() (Identity, error) {
	// The servers' clocks do not matter: the certificate is gone with the stream.
	cert, key, err := selfSigned(&x509.Certificate{NotBefore: time.Unix(0, 0), NotAfter: time.Unix(0, 0).AddDate(500, 0, 0)})
	if err != nil {
		return Identity{}, err
	}
	return Identity{Public: cert, Own: append(append([]byte{}, cert...), key...)}, nil
}
