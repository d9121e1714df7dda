package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

// waitTime is how long wait waits when no --timeout says otherwise.
const waitTime = 10 * time.Minute

func waitCommand(b *belt, run func(context.Context, *ops.Session, ops.WaitOptions) (ops.StatusDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.Wait
	}
	var o ops.WaitOptions
	cmd := &cobra.Command{
		Use:   "wait APP/DATABASE [--max-lag 0s] [--timeout 10m]",
		Short: "Wait until every replica follows closely enough",
		Long:  `Wait until every replica of the database streams and is at most --max-lag behind. --timeout is 10m by default.`,
		Example: `  belt db replicate wait shop/postgresql && run-the-report
  belt db replicate wait shop/postgresql --max-lag 5s --timeout 1h`,
		Args: targetArgs("APP/DATABASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Target = args[0]
			if o.MaxLag < 0 {
				return &flagError{text: "--max-lag is negative"}
			}
			if b.flags.timeout == 0 {
				b.flags.timeout = waitTime
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if len(doc.Databases) > 0 {
					b.printStatus(doc)
				}
				return err
			})
		},
	}
	cmd.Flags().DurationVar(&o.MaxLag, "max-lag", 0, "close enough is at most this `DURATION` behind, such as 5s")
	cmd.ValidArgsFunction = b.completeTarget
	return withExits(cmd, looking())
}
