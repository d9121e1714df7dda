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
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "the `SERVER` that gets back what it had (repeatable)")
	b.complete(cmd, "replica", b.completeReplica)
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}
