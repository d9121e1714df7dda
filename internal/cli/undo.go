package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func undoCommand(b *belt, run func(context.Context, *ops.Session, ops.UndoOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.Undo
	}
	var o ops.UndoOptions
	cmd := &cobra.Command{
		Use:   "undo APP/DATABASE --replica SERVER",
		Short: "Put back the data and the role a server had before the last enable or resync",
		Long: `Put back the data and the role that a server had before the last enable or resync.

This works until 'belt db replicate cleanup' deletes what was kept aside.`,
		Example: `  belt db replicate undo shop/postgresql --replica db2
  belt db replicate undo shop/postgresql --replica db2 --dry-run`,
		Args: targetArgs("APP/DATABASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Target = args[0]
			return b.change(cmd, &o.Change, o.Target, func(ctx context.Context, s *ops.Session) (ops.Result, error) {
				return run(ctx, s, o)
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "the `SERVER` that gets back what it had (repeatable)")
	addChange(f, &o.Change)
	cmd.ValidArgsFunction = b.completeTarget
	b.complete(cmd, "replica", b.completeReplica)
	b.complete(cmd, "skip-check", b.completeChecks)
	return withExits(cmd, changing())
}
