package mysql

import (
	"context"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/internal/engine/mysql/client"
	"github.com/dbbelt/belt/internal/engine/mysql/compare"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Verify compares all rows of all databases while both servers are in use; see [compare]. A replica that does not apply
// its primary's changes is compared as it stands, without waiting for it.
func (e *Engine) Verify(ctx context.Context, primary, replica replication.Facts, opts replication.VerifyOptions, report plan.Progress) (replication.Verification, error) {
	for _, f := range []replication.Facts{primary, replica} {
		switch {
		case f.Err != nil:
			return replication.Verification{Server: replica.Node.Label}, f.Err
		case !f.Running:
			return replication.Verification{Server: replica.Node.Label},
				&replication.NotReadyError{Err: fmt.Errorf("%s: %s does not run: %s", f.Node.Label, e.flavour.title(), f.Problem)}
		}
	}
	v, err := compare.Run(ctx, compared(primary), compared(replica), opts, report)
	if errors.Is(err, compare.ErrLag) {
		err = &replication.NotReadyError{Err: err}
	}
	return v, err
}

// compared is how the comparison reaches a server.
func compared(f replication.Facts) compare.Server {
	n := nativeOf(f)
	place := client.Place{Client: n.Client, Socket: n.Socket, Login: func(cmd remote.Command) (remote.Command, error) {
		return asAdmin(f.Node, cmd)
	}}
	return compare.Server{Name: f.Node.Label, Open: func(ctx context.Context) (compare.Session, error) {
		return client.Open(ctx, f.Node.Runner, place)
	}}
}
