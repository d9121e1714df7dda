package certificate

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// Anchor picks from a server's certificate, what follows it in its file, and the authorities known on that server,
// the self-signed one that the chain ends in.
func Anchor(chain []byte) ([]byte, error) {
	var certs []*x509.Certificate
	for rest := chain; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			certs = append(certs, c)
		}
	}
	if len(certs) == 0 {
		return nil, fmt.Errorf("no certificate in it")
	}
	current := certs[0]
	for range len(certs) {
		if bytes.Equal(current.RawIssuer, current.RawSubject) {
			return inPEM(current.Raw), nil
		}
		next := issuer(current, certs)
		if next == nil {
			break
		}
		current = next
	}
	return nil, fmt.Errorf("the certificate of %q is signed by %q, whose certificate is not on the server", current.Subject, current.Issuer)
}

func issuer(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, a := range among {
		if bytes.Equal(a.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(a) == nil {
			return a
		}
	}
	return nil
}
