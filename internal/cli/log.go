package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/internal/ui"
)

func logCommand(b *belt, run func(context.Context, *ops.Session, ops.LogOptions) (ops.LogDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.Log
	}
	var o ops.LogOptions
	cmd := &cobra.Command{
		Use:   "log [APP[/DATABASE]]",
		Short: "What was done, when, by whom, and how it ended",
		Long:  `What was done, when, by whom, and how it ended: the journals of all servers put together. They are kept on the servers.`,
		Example: `  belt log
  belt log shop/postgresql -o json`,
		Args: atMostOne("APP[/DATABASE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Select = args[0]
			}
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if doc.Version > 0 && (err == nil || len(doc.Missing) > 0) {
					b.printLog(doc)
				}
				return err
			})
		},
	}
	cmd.ValidArgsFunction = b.completeSelection
	return withExits(cmd, []int{exitDone, exitUsage, exitRefused, exitUnreachable, exitInterrupted})
}

func (b *belt) printLog(doc ops.LogDocument) {
	if b.flags.json() {
		b.document(doc)
		return
	}
	if len(doc.Runs) == 0 {
		b.say("nothing was done yet")
		return
	}
	var rows [][]string
	for _, r := range doc.Runs {
		started, took := "unknown", ""
		if !r.Started.IsZero() {
			started = r.Started.Local().Format("2006-01-02 15:04:05")
		}
		if r.Finished {
			took = ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
		}
		by := r.Who
		if r.Host != "" {
			by += "@" + r.Host
		}
		rows = append(rows, []string{started, by, r.Command, r.Target, r.Outcome, took, r.Error})
	}
	b.print(b.screen().Table([]string{"started", "by", "command", "target", "outcome", "took", "error"}, rows))
}
