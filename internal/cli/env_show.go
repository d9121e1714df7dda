package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/envfile"
)

func envShowCommand(b *belt, run func(context.Context, *ops.Session, ops.EnvOptions) (ops.EnvDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.EnvShow
	}
	var o ops.EnvOptions
	var reveal bool
	cmd := &cobra.Command{
		Use:   "show [APP]",
		Short: "The variables that an app's servers are to have",
		Long:  `The variables that an app's servers are to have, as the roles of the database servers are now. Secrets are masked.`,
		Example: `  belt env show shop
  belt env show shop --reveal -o json`,
		Args: atMostOne("APP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.App = args[0]
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if err != nil {
					return err
				}
				widest := 0
				for i, v := range doc.Variables {
					if !reveal {
						doc.Variables[i].Value = envfile.Mask(v.Name, v.Value)
					}
					widest = max(widest, len(v.Name))
				}
				if b.flags.json() {
					b.document(doc)
					return nil
				}
				for _, v := range doc.Variables { // no table: a value that is cut is of no use
					b.say(strings.TrimRight(fmt.Sprintf("%-*s  %s", widest, v.Name, oneLine(v.Value)), " "))
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show secrets")
	cmd.ValidArgsFunction = b.completeApp
	return withExits(cmd, looking())
}
