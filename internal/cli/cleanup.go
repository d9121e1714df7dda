package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func cleanupCommand(b *belt, run func(context.Context, *ops.Session, ops.CleanupOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.Cleanup
	}
	var o ops.CleanupOptions
	cmd := &cobra.Command{
		Use:   "cleanup APP/DATABASE [--replica SERVER...]",
		Short: "Delete the data kept for undo",
		Long:  `Delete the data that enable and resync kept aside for 'belt db replicate undo'. The plan says what, and how much.`,
		Example: `  belt db replicate cleanup shop/postgresql
  belt db replicate cleanup shop/postgresql --replica db2 --yes`,
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "only this `SERVER` (repeatable; default: every member of the database)")
	b.complete(cmd, "replica", b.completeReplica)
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}
