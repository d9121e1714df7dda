package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func disableCommand(b *belt, run func(context.Context, *ops.Session, ops.DisableOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.Disable
	}
	var o ops.DisableOptions
	cmd := &cobra.Command{
		Use:   "disable APP/DATABASE [--replica SERVER...]",
		Short: "End replication, completely, on both sides",
		Long: `End replication, completely, on both sides.

Each replica keeps its data and becomes a writable server of its own. Everything that Belt put on the primary for it (slot,
role, access rule, settings) is taken away, and the variables of the app servers are updated. It also clears what an
unfinished run left, and forgets a replica whose server is gone.`,
		Example: `  belt db replicate disable shop/postgresql
  belt db replicate disable shop/postgresql --replica db2 --stop
  belt db replicate disable shop-eu/postgresql`,
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "only this `SERVER` (repeatable; default: every replica of the database)")
	f.BoolVar(&o.Stop, "stop", false, "leave the replica stopped instead of writable")
	f.BoolVar(&o.Standalone, "standalone", false, "MongoDB: make a primary that is left alone a standalone again, which restarts it")
	f.BoolVar(&o.NoRestart, "no-restart", false, "leave settings that need a restart of the primary for its next one")
	b.complete(cmd, "replica", b.completeReplica)
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}
