package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func verifyCommand(b *belt, run func(context.Context, *ops.Session, ops.VerifyOptions) (ops.VerifyDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.Verify
	}
	var o ops.VerifyOptions
	cmd := &cobra.Command{
		Use:   "verify APP/DATABASE [--replica SERVER...]",
		Short: "Prove that replicas are exact copies",
		Long: `Prove that replicas are exact copies: every row of every table is compared, while both sides are in use.

A row that differs is looked at again once the replica has replayed past that moment, so load gives no false alarm.
It locks nothing and changes nothing.`,
		Example: `  belt db replicate verify shop/postgresql
  belt db replicate verify shop/postgresql --replica db2 --max-rate 20MB -o json`,
		Args: targetArgs("APP/DATABASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Target = args[0]
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if len(doc.Replicas) > 0 {
					b.printVerification(doc)
				}
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "only this `SERVER` (repeatable; default: every replica)")
	f.Var(newSize(&o.MaxRate), "max-rate", "read at most this many bytes per second on each side, such as `50MB`")
	cmd.ValidArgsFunction = b.completeTarget
	b.complete(cmd, "replica", b.completeReplica)
	return withExits(cmd, looking())
}

// printVerification prints one line a replica, and one for each difference.
func (b *belt) printVerification(doc ops.VerifyDocument) {
	if b.flags.json() {
		b.document(doc)
		return
	}
	for _, r := range doc.Replicas {
		word := "equal"
		switch {
		case r.Error != "":
			word = "not compared to the end: " + r.Error
		case !r.Equal:
			word = "DIFFERENT"
		}
		b.say(fmt.Sprintf("%s: %s (%d tables, %d rows compared in %.1f s)", r.Server, word, r.Compared.Tables, r.Compared.Rows, r.Seconds))
		for _, d := range r.Differences {
			b.say(fmt.Sprintf("  %s: %s", d.Object, d.Detail))
		}
		for _, skipped := range r.Skipped {
			b.say("  not compared: " + skipped)
		}
	}
}
