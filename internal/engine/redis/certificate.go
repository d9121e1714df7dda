package redis

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// makeCertificate gives an instance without TLS a certificate of its own. It proves nothing by itself: the other side
// trusts it because Belt brought it there over SSH.
func makeCertificate(ctx context.Context, f replication.Facts, certFile, keyFile string) error {
	n, r := nativeOf(f), f.Node.Runner
	cert, key, err := replica.SelfSigned(f.Host.Hostname, f.Host.Addresses, time.Now())
	if err != nil {
		return fmt.Errorf("%s: make a certificate: %w", f.Node.Label, err)
	}
	if err := replica.MakeFolder(ctx, r, path.Dir(certFile), n.Owner, "0700"); err != nil {
		return err
	}
	// One that a run before this one made is in use already, and replicas trust it.
	found, err := r.Run(ctx, replica.Look("look for a certificate", `[ -s "$1" ] && [ -s "$2" ] && echo there; exit 0`, certFile, keyFile))
	if err != nil || found.Stdout != "" {
		return err
	}
	attr := remote.Attr{Mode: 0o600, Owner: n.Owner}
	if err := remote.WriteFile(ctx, r, "root", keyFile, key, attr); err != nil {
		return err
	}
	return remote.WriteFile(ctx, r, "root", certFile, cert, attr)
}

// trustAnchor brings, over SSH, the certificate by which a replica recognises the primary.
func (m making) trustAnchor(ctx context.Context) ([]byte, error) {
	file := m.pn.Settings["tls-cert-file"]
	if m.changes.certificate || file == "" {
		file = serverCert(m.pn)
	}
	result, err := m.primary.Node.Runner.Run(ctx, replica.Look("read the certificate",
		`cat "$1" && echo && cat "$2" /etc/ssl/certs/ca-certificates.crt 2>/dev/null; exit 0`, file, m.pn.Settings["tls-ca-cert-file"]))
	if err != nil {
		return nil, err
	}
	anchor, err := replica.AnchorOf([]byte(result.Stdout))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", m.From(), file, err)
	}
	return anchor, nil
}

// dropCertificates removes those of Belt's certificates on a server that its configuration has no use for any more.
func dropCertificates(ctx context.Context, f replication.Facts) error {
	n := nativeOf(f)
	_, err := f.Node.Runner.Run(ctx, replica.AsRoot("remove certificates", `folder=$1 used=$2
for f in "$folder"/*.crt "$folder"/*.key; do
	grep -qsF -- "$f" "$used" || rm -f -- "$f"
done
rmdir --ignore-fail-on-non-empty -- "$folder" 2>/dev/null || :`, path.Dir(serverCert(n)), n.dropIn()))
	return err
}
