package redis

import (
	"context"
	"fmt"
	"path"

	"github.com/dbbelt/belt/internal/certificate"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

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
	anchor, err := certificate.Anchor([]byte(result.Stdout))
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
