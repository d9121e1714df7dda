package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/envfile"
)

func envDiffCommand(b *belt, run func(context.Context, *ops.Session, ops.EnvOptions) (ops.EnvDiffDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.EnvDiff
	}
	var o ops.EnvOptions
	var reveal bool
	cmd := &cobra.Command{
		Use:   "diff [APP]",
		Short: "How the app servers' files differ from what they are to have",
		Long:  `How the file of variables on each app server differs from what it is to have. Secrets are masked.`,
		Example: `  belt env diff shop
  belt env diff shop -o json`,
		Args: atMostOne("APP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.App = args[0]
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if len(doc.Servers) > 0 {
					b.printEnvDiff(doc, reveal)
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show secrets")
	cmd.ValidArgsFunction = b.completeApp
	return withExits(cmd, looking())
}

func (b *belt) printEnvDiff(doc ops.EnvDiffDocument, reveal bool) {
	if !reveal {
		for _, server := range doc.Servers {
			for i, c := range server.Changes {
				server.Changes[i] = c.Masked()
			}
		}
	}
	if b.flags.json() {
		b.document(doc)
		return
	}
	for _, server := range doc.Servers {
		switch {
		case server.Error != "":
			b.say(server.Server + ": not read: " + server.Error)
		case server.Equal:
			b.say(server.Server + ": equal")
		default:
			b.say(fmt.Sprintf("%s: %s", server.Server, server.File))
		}
		for _, c := range server.Changes {
			if c.Kind != envfile.Added {
				b.say("  -" + c.Name + "=" + c.Old)
			}
			b.say("  +" + c.Name + "=" + c.New)
		}
	}
}
