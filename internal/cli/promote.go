package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func promoteCommand(b *belt, run func(context.Context, *ops.Session, ops.PromoteOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.Promote
	}
	var o ops.PromoteOptions
	cmd := &cobra.Command{
		Use:   "promote APP/DATABASE --replica SERVER",
		Short: "Make a replica the primary",
		Long: `Make a replica the primary; the old primary becomes its replica, and the other replicas follow it.

All is made ready while the old primary serves. Then it is stopped, the replica takes the last byte, the
variables of the app servers are pointed at it, and it takes the writes: no acknowledged write is lost, and the
seconds without a primary are measured and printed. What fails before the replica takes writes is rolled back, and
the old primary serves on; what fails after that, the same command finishes. A replica of another app can be
promoted, too: that ends a move between regions.

--primary-lost does without a primary that is gone. What is lost with it is said first. It is kept from taking
writes again where its server can be reached; 'belt db replicate resync' makes it a replica once it is back.`,
		Example: `  belt db promote shop/postgresql --replica db2 --dry-run
  belt db promote shop/postgresql --replica db2
  belt db promote shop-eu/postgresql --replica db1
  belt db promote shop/postgresql --replica db2 --primary-lost`,
	}
	f := cmd.Flags()
	f.StringVar(&o.Replica, "replica", "", "the `SERVER` that becomes the primary; APP/SERVER for one of another app")
	f.BoolVar(&o.Lost, "primary-lost", false, "the primary is gone: do without what it had and the replica has not")
	b.complete(cmd, "replica", b.completeReplica)
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}
