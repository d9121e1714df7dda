package mysql

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/dbbelt/belt/internal/certificate"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

func serverCert(n *native) string { return "/var/lib/belt/" + n.instance() + "/server.crt" }
func serverKey(n *native) string  { return "/var/lib/belt/" + n.instance() + "/server.key" }

// trustAnchor brings, over SSH, the certificate by which a replica recognises the primary: the last of its own chain when
// that signed itself, else the authority on the primary's server that signed it.
func trustAnchor(ctx context.Context, p replication.Facts) ([]byte, error) {
	out, err := ask(ctx, p, "read where the certificate is", "SELECT CONCAT(@@GLOBAL.ssl_cert, '|', COALESCE(@@GLOBAL.ssl_ca, ''), '|', @@GLOBAL.datadir)")
	if err != nil {
		return nil, err
	}
	fields := strings.SplitN(out, "|", 3)
	if len(fields) != 3 || fields[0] == "" {
		return nil, fmt.Errorf("%s: it has no certificate in a file: ssl_cert is empty", p.Node.Label)
	}
	for i := range 2 {
		if fields[i] != "" && !path.IsAbs(fields[i]) {
			fields[i] = path.Join(fields[2], fields[i])
		}
	}
	result, err := p.Node.Runner.Run(ctx, replica.Look("read the certificate",
		`cat "$1" && echo && { [ -z "$2" ] || cat "$2"; cat /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; } 2>/dev/null; exit 0`, fields[0], fields[1]))
	if err != nil {
		return nil, err
	}
	anchor, err := certificate.Anchor([]byte(result.Stdout))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.Node.Label, fields[0], err)
	}
	return anchor, nil
}

// dropCertificate removes the one that Belt made, once no options name it any more.
func dropCertificate(ctx context.Context, f replication.Facts) error {
	n := nativeOf(f)
	if n.flavour != mariaDB {
		return nil
	}
	return replica.DropPair(ctx, f.Node.Runner, "remove the certificate", serverKey(n), serverCert(n), path.Dir(serverCert(n)))
}
