package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis/compare"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// expiryTolerance is by how much expiries may be apart, beside what the clocks are.
const expiryTolerance = 5 * time.Second

// Verify compares all keys of all databases while both servers are in use; see [compare].
func (e *Engine) Verify(ctx context.Context, primary, replica replication.Facts, opts replication.VerifyOptions, report plan.Progress) (replication.Verification, error) {
	for _, f := range []replication.Facts{primary, replica} {
		none := replication.Verification{Server: replica.Node.Label}
		switch n := nativeOf(f); {
		case f.Err != nil:
			return none, f.Err
		case !f.Running:
			return none, &replication.NotReadyError{Err: fmt.Errorf("%s: %s does not run: %s", f.Node.Label, product(n.flavour), f.Problem)}
		case n.Info["loading"] == "1" || n.Info["master_sync_in_progress"] == "1":
			return none, &replication.NotReadyError{Err: fmt.Errorf("%s: it is getting its copy", f.Node.Label)}
		}
	}
	skew := primary.Host.Skew - replica.Host.Skew
	o := compare.Options{
		MaxRate: opts.MaxRate, Patience: opts.Patience, Bytes: nativeOf(primary).bytes(), Tolerance: expiryTolerance + time.Duration(max(skew, -skew)*float64(time.Second)),
	}
	v, err := compare.Run(ctx, compared(primary), compared(replica), o, report)
	if errors.Is(err, compare.ErrLag) {
		err = &replication.NotReadyError{Err: err}
	}
	return v, err
}

// compared is how the comparison reaches a server.
func compared(f replication.Facts) compare.Server {
	n := nativeOf(f)
	return compare.Server{
		Name: f.Node.Label, Absolute: n.can(absoluteTTL), Fields: n.can(expiringFields),
		Open: func(ctx context.Context) (compare.Session, error) {
			return talkTo(f).Open(ctx, f.Node.Runner, "read the keys")
		},
	}
}
