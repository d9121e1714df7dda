package pgtest

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"time"
)

// snakeoil is a self-signed certificate, as Debian makes one for every server; here all have the same.
var snakeoil = sync.OnceValue(func() string {
	seed := make([]byte, ed25519.SeedSize)
	private := ed25519.NewKeyFromSeed(seed)
	name := pkix.Name{CommonName: "snakeoil"}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name, Issuer: name,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		panic(err) // the same input every time
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
})

// trusts tells whether the root is the server's own certificate, or one of its file.
func trusts(root, chain string) bool {
	root = strings.TrimSpace(root)
	return root != "" && strings.Contains(chain, root)
}
