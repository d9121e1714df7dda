package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func backupVerifyCommand(b *belt, run func(context.Context, *ops.Session, ops.BackupVerifyOptions) (ops.BackupVerification, error)) *cobra.Command {
	if run == nil {
		run = ops.BackupVerify
	}
	var o ops.BackupVerifyOptions
	cmd := &cobra.Command{
		Use:   "verify APP/DATABASE",
		Short: "Prove that a backup can be restored",
		Long: `Prove that a backup can be restored: it is restored into a scratch folder, an instance is started on it, and all that it
has is read. Nothing in use is touched, and nothing of it stays. It runs on a replica, else on the primary.`,
		Example: `  belt db backup verify shop/postgresql
  belt db backup verify shop/postgresql --backup 20260301t020000z --server db3`,
		Args: targetArgs("APP/DATABASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Target = args[0]
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			o.Hard = b.hard
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, o)
				if doc.OK || doc.Problem != "" {
					b.printTrial(doc)
				}
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.ID, "backup", "", "the `ID` of the backup (default: the newest)")
	f.StringVar(&o.Server, "server", "", "try it out on this `SERVER`")
	cmd.ValidArgsFunction = b.completeTarget
	b.complete(cmd, "backup", fixed())
	b.complete(cmd, "server", b.completeServer)
	return withExits(cmd, []int{0, 1, 2, 3, 5, 6, 8, 130})
}

func (b *belt) printTrial(doc ops.BackupVerification) {
	switch {
	case b.flags.json():
		b.document(doc)
	case doc.OK:
		b.say(fmt.Sprintf("backup %s can be restored: tried out on %s", doc.Backup.ID, doc.Server))
		b.say("  " + doc.Summary())
	}
}
