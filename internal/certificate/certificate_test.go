package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate signed by a, or by itself when a is nil.
func (a *authority) issue(t *testing.T, name string, isCA bool) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IsCA: isCA, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

func TestAnchor(t *testing.T) {
	var none *authority
	root := none.issue(t, "root", true)
	middle := root.issue(t, "middle", true)
	server := middle.issue(t, "db1", false)
	alone := none.issue(t, "alone", false)
	impostor := none.issue(t, "middle", true) // the same name, another key
	key := "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"

	cases := map[string]struct {
		files []string
		want  *authority
		err   string
	}{
		"self-signed":                    {[]string{alone.pem()}, alone, ""},
		"self-signed, with others":       {[]string{alone.pem(), root.pem()}, alone, ""},
		"a chain with its root":          {[]string{server.pem(), middle.pem(), root.pem()}, root, ""},
		"the root in the system's store": {[]string{server.pem(), middle.pem(), "\n", alone.pem(), root.pem()}, root, ""},
		"in no order":                    {[]string{server.pem(), root.pem(), middle.pem()}, root, ""},
		"a key in the file":              {[]string{key, server.pem(), middle.pem(), root.pem()}, root, ""},
		"an impostor of the same name":   {[]string{server.pem(), impostor.pem(), middle.pem(), root.pem()}, root, ""},
		"the issuer is missing":          {[]string{server.pem(), root.pem()}, nil, `signed by "CN=middle", whose certificate is not on the server`},
		"the root is missing":            {[]string{server.pem(), middle.pem()}, nil, `signed by "CN=root"`},
		"only an impostor":               {[]string{server.pem(), impostor.pem()}, nil, "not on the server"},
		"no certificate":                 {[]string{key}, nil, "no certificate"},
		"nothing":                        {nil, nil, "no certificate"},
	}
	for name, c := range cases {
		got, err := Anchor([]byte(strings.Join(c.files, "")))
		switch {
		case c.want == nil:
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case string(got) != c.want.pem():
			t.Errorf("%s: another certificate", name)
		}
	}
}

// TestOwnCertificate: what Belt makes for a primary without one is accepted by whoever trusts it, and is its own anchor.
func TestOwnCertificate(t *testing.T) {
	now := time.Now()
	cert, key, err := ForServer("db1", []string{"203.0.113.21", "::1", "no address"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		t.Errorf("the key is not the certificate's: %v", err)
	}
	anchor, err := Anchor(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(anchor)
	block, _ := pem.Decode(cert)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"db1", "203.0.113.21", "::1"} {
		if _, err := c.Verify(x509.VerifyOptions{DNSName: name, Roots: pool, CurrentTime: now.AddDate(9, 0, 0)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !c.IPAddresses[0].Equal(net.ParseIP("203.0.113.21")) || len(c.IPAddresses) != 2 {
		t.Errorf("addresses %v", c.IPAddresses)
	}
}
