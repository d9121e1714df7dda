package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func envPushCommand(b *belt, run func(context.Context, *ops.Session, ops.EnvPushOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.EnvPush
	}
	var o ops.EnvPushOptions
	cmd := &cobra.Command{
		Use:   "push [APP]",
		Short: "Give the app servers their variables",
		Long: `Give the app servers their variables, as the roles of the database servers are now.

A complete new file is written beside the old one on every server first, and only then all are switched, at the same moment;
lines that Belt did not write, mode and owner stay. Where a file changed, the app's 'apply' command is run; when that fails,
the next push runs it again. A server that cannot be reached does not hold up the others.`,
		Example: `  belt env push shop
  belt env push shop --dry-run`,
		Args: atMostOne("APP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.App = args[0]
			}
			return b.change(cmd, &o.Change, o.App, func(ctx context.Context, s *ops.Session) (ops.Result, error) {
				return run(ctx, s, o)
			})
		},
	}
	addChange(cmd.Flags(), &o.Change)
	cmd.ValidArgsFunction = b.completeApp
	b.complete(cmd, "skip-check", b.completeChecks)
	return withExits(cmd, changing())
}
