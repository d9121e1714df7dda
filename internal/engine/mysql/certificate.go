package mysql

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
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
	anchor, err := replica.AnchorOf([]byte(result.Stdout))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.Node.Label, fields[0], err)
	}
	return anchor, nil
}

// makeCertificate gives a server a certificate of its own. It proves nothing by itself: the replica trusts it because
// Belt brought it there over SSH.
func makeCertificate(ctx context.Context, p replication.Facts) error {
	n := nativeOf(p)
	names := append([]string{p.Node.Internal, p.Node.External}, p.Host.Addresses...)
	cert, key, err := replica.SelfSigned(p.Host.Hostname, names, time.Now())
	if err != nil {
		return fmt.Errorf("%s: make a certificate: %w", p.Node.Label, err)
	}
	r := p.Node.Runner
	if err := replica.MakeFolder(ctx, r, path.Dir(serverCert(n)), n.Owner, "0700"); err != nil {
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

// dropCertificate removes the one that Belt made, once no options name it any more.
func dropCertificate(ctx context.Context, f replication.Facts) error {
	n := nativeOf(f)
	if n.flavour != mariaDB {
		return nil
	}
	return replica.DropPair(ctx, f.Node.Runner, "remove the certificate", serverKey(n), serverCert(n), path.Dir(serverCert(n)))
}
