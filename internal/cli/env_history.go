package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/envfile"
)

func envHistoryCommand(b *belt, run func(context.Context, *ops.Session, ops.EnvOptions) (ops.HistoryDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.EnvHistory
	}
	var o ops.EnvOptions
	cmd := &cobra.Command{
		Use:   "history [APP]",
		Short: "What was pushed to the app servers, when and by whom",
		Long:  `What was pushed to the app servers, when and by whom. The servers keep it themselves, with secrets masked.`,
		Example: `  belt env history shop
  belt env history shop -o json`,
		Args: atMostOne("APP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.App = args[0]
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if err == nil || len(doc.Missing) > 0 {
					b.printHistory(doc)
				}
				return err
			})
		},
	}
	cmd.ValidArgsFunction = b.completeApp
	return withExits(cmd, []int{exitDone, exitUsage, exitRefused, exitUnreachable, exitInterrupted})
}

func (b *belt) printHistory(doc ops.HistoryDocument) {
	if b.flags.json() {
		b.document(doc)
		return
	}
	if len(doc.Pushes) == 0 {
		b.say("nothing was pushed yet")
		return
	}
	var rows [][]string
	for _, p := range doc.Pushes {
		var changes []string
		for _, c := range p.Changes {
			if c.Kind == envfile.Removed {
				changes = append(changes, "-"+c.Name)
				continue
			}
			changes = append(changes, c.Name+"="+c.New)
		}
		rows = append(rows, []string{
			p.Time.Local().Format("2006-01-02 15:04:05"), p.Who + "@" + p.Host, p.Command, strings.Join(p.Servers, ","), strings.Join(changes, " "),
		})
	}
	b.print(b.screen().Table([]string{"time", "by", "command", "servers", "changes"}, rows))
}
