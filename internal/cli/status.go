package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func statusCommand(b *belt, run func(context.Context, *ops.Session, ops.StatusOptions) (ops.StatusDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.Status
	}
	var o ops.StatusOptions
	var watch bool
	var interval, maxLag time.Duration
	cmd := &cobra.Command{
		Use:   "status [APP[/DATABASE]]",
		Short: "Who is primary, who follows, and how far behind",
		Long: `Who is primary, who follows, and how far behind: asked of the servers each time.

Lag is shown in seconds and in bytes; where it cannot be known it is shown as unknown, never as 0. What an unfinished run
left is named together with the command that mends it.

The exit code is for monitoring: 6 when there is no primary, when a replica does not stream, or when it is further behind
than --max-lag. -o prometheus prints the same as metrics, for the textfile collector of its node_exporter.`,
		Example: `  belt db status
  belt db status shop/postgresql --watch
  belt db status --max-lag 30s --quiet || page-somebody
  belt db status -o json
  belt db status -o prometheus`,
		Args: atMostOne("APP[/DATABASE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Select = args[0]
			}
			if interval <= 0 {
				return &flagError{text: "--interval has to be more than 0"}
			}
			if watch && b.flags.output != "text" {
				return &flagError{text: "--watch is for people", fix: "run `belt db status -o " + b.flags.output + "` again and again instead"}
			}
			if maxLag < 0 {
				return &flagError{text: "--max-lag is negative"}
			}
			if cmd.Flags().Changed("max-lag") {
				o.MaxLag = &maxLag
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				if watch {
					return b.watch(ctx, interval, func() (ops.StatusDocument, error) { return run(ctx, s, o) })
				}
				doc, err := run(ctx, s, o)
				if doc.Version > 0 {
					b.printStatus(doc)
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "look again and again, until Ctrl-C")
	cmd.Flags().DurationVar(&interval, "interval", 2*time.Second, "the `DURATION` between two looks of --watch")
	cmd.Flags().DurationVar(&maxLag, "max-lag", 0, "healthy is at most this `DURATION` behind, such as 30s (default: however far, while it streams)")
	cmd.Annotations = map[string]string{formats: prometheus}
	cmd.ValidArgsFunction = b.completeSelection
	return withExits(cmd, looking())
}

// watch prints the status until the user has seen enough or the time is up, which is no error: the last look counts.
func (b *belt) watch(ctx context.Context, interval time.Duration, look func() (ops.StatusDocument, error)) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var last error
	for {
		doc, err := look()
		if ctx.Err() != nil {
			return last
		}
		if last = err; doc.Version == 0 {
			return err
		}
		b.printLook(doc)
		select {
		case <-ctx.Done():
			return last
		case <-tick.C:
		}
	}
}
