package mongodb

import (
	"context"
	"strings"

	"github.com/dbbelt/belt/internal/install"
	"github.com/dbbelt/belt/pkg/replication"
)

// Needs asks the primary which packages a fresh server needs. Its mongod.conf is the package's own: by default mongod takes
// its share of the server's memory, whatever that is.
func (e *Engine) Needs(ctx context.Context, primary replication.Facts) (replication.Needs, error) {
	n := nativeOf(primary)
	owners, err := install.Owners(ctx, primary.Node.Runner, "unit:"+n.Service, "/usr/bin/mongod")
	if err != nil {
		return replication.Needs{}, err
	}
	if len(owners) == 0 {
		owners = []string{"mongodb-org-server"} // the primary was not installed from packages
	}
	parts := strings.SplitN(primary.Version, ".", 3)
	series := strings.Join(parts[:min(2, len(parts))], ".")
	needs := replication.Needs{Product: "MongoDB " + series, Offers: "^mongodb(-org)?-server", Data: n.DataDir}
	if n.survey != nil {
		needs.Bytes = n.survey.UsedBytes
	}
	for _, name := range owners {
		needs.Packages = append(needs.Packages, replication.Package{Name: name, Series: series})
	}
	return needs, nil
}
