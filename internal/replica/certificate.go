package replica

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/dbbelt/belt/internal/certificate"
	"github.com/dbbelt/belt/pkg/remote"
)

// MakeCertificate gives an instance without TLS a certificate of its own, in these files, for these addresses beside those
// of its server. It proves nothing by itself: the other side trusts it because Belt brings it there over SSH.
func (i Instance) MakeCertificate(ctx context.Context, certFile, keyFile string, addresses ...string) error {
	host := i.Facts.Host
	cert, key, err := certificate.ForServer(host.Hostname, append(addresses, host.Addresses...), time.Now())
	if err != nil {
		return fmt.Errorf("%s: make a certificate: %w", i.Label(), err)
	}
	r := i.Runner()
	if err := MakeFolder(ctx, r, path.Dir(certFile), i.Owner, "0700"); err != nil {
		return err
	}
	// One that a run before this one made is in use already, and replicas trust it.
	found, err := r.Run(ctx, Look("look for a certificate", `[ -s "$1" ] && [ -s "$2" ] && echo there; exit 0`, certFile, keyFile))
	if err != nil || found.Stdout != "" {
		return err
	}
	attr := remote.Attr{Mode: 0o600, Owner: i.Owner}
	if err := remote.WriteFile(ctx, r, "root", keyFile, key, attr); err != nil {
		return err
	}
	return remote.WriteFile(ctx, r, "root", certFile, cert, attr)
}
