package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
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
	for _, p := range doc.Pushes {
		b.say(fmt.Sprintf("%d  %s  %s@%s  %s", p.Generation, p.Time.Local().Format("2006-01-02 15:04:05"), p.Who, p.Host, p.Command))
		b.say("  " + strings.Join(p.Servers, ", ") + ": " + p.File)
		b.say(changes("    ", p.Changes)...)
	}
}
