package postgresql

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// trustAnchor brings, over SSH, the certificate by which a replica recognises the primary: the last of its own chain
// when that signed itself, else the authority on the primary's server that signed it.
func trustAnchor(ctx context.Context, p replication.Facts) ([]byte, error) {
	file, err := ask(ctx, p, "read where the certificate is", "SELECT CASE WHEN setting LIKE '/%' THEN setting "+
		"ELSE current_setting('data_directory') || '/' || setting END FROM pg_settings WHERE name = 'ssl_cert_file'")
	if err != nil {
		return nil, err
	}
	result, err := p.Node.Runner.Run(ctx, look("read the certificate", `cat "$1" && echo && cat /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt 2>/dev/null; exit 0`, file))
	if err != nil {
		return nil, err
	}
	anchor, err := anchorOf([]byte(result.Stdout))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.Node.Label, file, err)
	}
	return anchor, nil
}

// anchorOf picks from a server's certificate, what follows it in its file, and the authorities known on that server,
// the self-signed one that the chain ends in.
func anchorOf(chain []byte) ([]byte, error) {
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
			return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: current.Raw}), nil
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

// makeCertificate gives a primary without TLS a certificate of its own. It proves nothing by itself: the replica trusts
// it because Belt brought it there over SSH.
func makeCertificate(ctx context.Context, p replication.Facts) error {
	n := nativeOf(p)
	cert, key, err := selfSigned(p.Host.Hostname, p.Host.Addresses, time.Now())
	if err != nil {
		return fmt.Errorf("%s: make a certificate: %w", p.Node.Label, err)
	}
	r, folder := p.Node.Runner, strings.TrimSuffix(serverCert(n), "/server.crt")
	if err := makeFolder(ctx, r, folder, n.Owner, "0700"); err != nil {
		return err
	}
	// One that a run before this one made is in use already, and replicas trust it.
	found, err := r.Run(ctx, look("look for a certificate", `[ -s "$1" ] && [ -s "$2" ] && echo there; exit 0`, serverCert(n), serverKey(n)))
	if err != nil || found.Stdout != "" {
		return err
	}
	attr := remote.Attr{Mode: 0o600, Owner: n.Owner}
	if err := remote.WriteFile(ctx, r, "root", serverKey(n), key, attr); err != nil {
		return err
	}
	return remote.WriteFile(ctx, r, "root", serverCert(n), cert, attr)
}

// selfSigned makes a certificate for ten years, as PostgreSQL's manual does for servers that only their own clients
// have to recognise.
func selfSigned(host string, addresses []string, now time.Time) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
	}
	for _, a := range addresses {
		if ip := net.ParseIP(a); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), nil
}
