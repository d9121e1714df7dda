package postgresql

import (
	"context"
	"fmt"

	"github.com/dbbelt/belt/internal/certificate"
	"github.com/dbbelt/belt/internal/replica"
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
	anchor, err := certificate.Anchor([]byte(result.Stdout))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.Node.Label, file, err)
	}
	return anchor, nil
}
