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
		Args: targetArgs("APP/DATABASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Target = args[0]
			return b.change(cmd, &o.Change, o.Target, func(ctx context.Context, s *ops.Session) (ops.Result, error) {
				return run(ctx, s, o)
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "only this `SERVER` (repeatable; default: every member of the database)")
	addChange(f, &o.Change)
	cmd.ValidArgsFunction = b.completeTarget
	b.complete(cmd, "replica", b.completeReplica)
	b.complete(cmd, "skip-check", b.completeChecks)
	return withExits(cmd, changing())
}
