package postgresql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
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
	result, err := p.Node.Runner.Run(ctx, replica.Look("read the certificate", `cat "$1" && echo && cat /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt 2>/dev/null; exit 0`, file))
	if err != nil {
		return nil, err
	}
	anchor, err := replica.AnchorOf([]byte(result.Stdout))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.Node.Label, file, err)
	}
	return anchor, nil
}

// makeCertificate gives a primary without TLS a certificate of its own. It proves nothing by itself: the replica trusts
// it because Belt brought it there over SSH.
func makeCertificate(ctx context.Context, p replication.Facts) error {
	n := nativeOf(p)
	cert, key, err := replica.SelfSigned(p.Host.Hostname, p.Host.Addresses, time.Now())
	if err != nil {
		return fmt.Errorf("%s: make a certificate: %w", p.Node.Label, err)
	}
	r, folder := p.Node.Runner, strings.TrimSuffix(serverCert(n), "/server.crt")
	if err := replica.MakeFolder(ctx, r, folder, n.Owner, "0700"); err != nil {
		return err
	}
	// One that a run before this one made is in use already, and replicas trust it.
	found, err := r.Run(ctx, replica.Look("look for a certificate", `[ -s "$1" ] && [ -s "$2" ] && echo there; exit 0`, serverCert(n), serverKey(n)))
	if err != nil || found.Stdout != "" {
		return err
	}
	attr := remote.Attr{Mode: 0o600, Owner: n.Owner}
	if err := remote.WriteFile(ctx, r, "root", serverKey(n), key, attr); err != nil {
		return err
	}
	return remote.WriteFile(ctx, r, "root", serverCert(n), cert, attr)
}
