package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/internal/ui"
	"github.com/dbbelt/belt/pkg/inventory"
)

// backups gives the group the words that people search for.
func backups(cmd *cobra.Command) *cobra.Command {
	cmd.Long = `Take, prove and restore backups.

A backup is taken from a replica that is in sync, else from the primary, and streamed straight to the server and folder that
backups: in belt.yaml names, compressed and, where a recipient is named, encrypted.`
	return cmd
}

func backupCreateCommand(b *belt, run func(context.Context, *ops.Session, ops.BackupOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.BackupCreate
	}
	var o ops.BackupOptions
	schedule := ""
	cmd := &cobra.Command{
		Use:   "create APP/DATABASE",
		Short: "Take a backup",
		Long: `Take a backup.

It is taken from a replica that is in sync, else from the primary, with the engine's own tool, and goes straight to the
server of the backups; the manifest is written last. Backups that are no longer kept (keep:, keep_days:) are deleted then.
A resync of the server that it is taken from ends it.`,
		Example: `  belt db backup create shop/postgresql
  belt db backup create shop/postgresql --to shop.zst
  belt db backup create shop/postgresql --schedule systemd`,
		Args: targetArgs("APP/DATABASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Target = args[0]
			if schedule != "" {
				return b.schedule(schedule, o.Target)
			}
			return b.change(cmd, &o.Change, o.Target, func(ctx context.Context, s *ops.Session) (ops.Result, error) {
				return run(ctx, s, o)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Source, "from", "", "take it from this `SERVER`")
	f.StringVar(&o.To, "to", "", "write it to this `FILE` of this machine")
	f.StringVar(&schedule, "schedule", "", "print the lines for `cron` or systemd that take one every night, and do nothing else")
	f.Var(newSize(&o.MaxRate), "max-rate", "send at most this many bytes per second, such as `50MB`")
	addChange(f, &o.Change)
	cmd.ValidArgsFunction = b.completeTarget
	b.complete(cmd, "from", b.completeReplica)
	b.complete(cmd, "schedule", fixed("cron", "systemd"))
	b.complete(cmd, "skip-check", b.completeChecks)
	return withExits(cmd, changing())
}

func backupListCommand(b *belt, run func(context.Context, *ops.Session, string) (ops.BackupsDocument, error)) *cobra.Command {
	if run == nil {
		run = ops.BackupList
	}
	cmd := &cobra.Command{
		Use:     "list APP/DATABASE",
		Short:   "List the backups of a database",
		Long:    `List the backups of a database, the oldest first.`,
		Example: `  belt db backup list shop/postgresql`,
		Args:    targetArgs("APP/DATABASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := b.deadline(cmd.Context())
			defer stop()
			return b.session(ctx, func(s *ops.Session) error {
				doc, err := run(ctx, s, args[0])
				if err == nil {
					b.printBackups(doc)
				}
				return err
			})
		},
	}
	cmd.ValidArgsFunction = b.completeTarget
	return withExits(cmd, []int{0, 2, 8, 130})
}

func (b *belt) printBackups(doc ops.BackupsDocument) {
	if b.flags.json() {
		b.document(doc)
		return
	}
	var rows [][]string
	for _, m := range doc.Backups {
		how := m.Method
		if m.Recipient != "" {
			how += ", encrypted"
		}
		rows = append(rows, []string{m.ID, m.Started.Local().Format("2006-01-02 15:04"), ui.Bytes(m.Bytes), m.EngineVersion, m.Source + " (" + m.Role + ")", how, m.Position})
	}
	if len(rows) == 0 {
		b.say("no backup yet: belt db backup create " + doc.Target + " takes one")
	} else {
		b.print(b.screen().Table([]string{"backup", "taken", "size", "version", "from", "by", "position"}, rows))
	}
	for _, id := range doc.Unfinished {
		b.say("! " + id + " did not end, and is no backup; the next create deletes it")
	}
}

func backupDownloadCommand(b *belt, run func(context.Context, *ops.Session, ops.DownloadOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.BackupDownload
	}
	var o ops.DownloadOptions
	cmd := &cobra.Command{
		Use:   "download APP/DATABASE",
		Short: "Bring a backup to this machine",
		Long: `Bring a backup to this machine, as it is kept, with its manifest beside it: 'zstd -d' opens it, and 'age -d' before that
where it is encrypted.`,
		Example: `  belt db backup download shop/postgresql
  belt db backup download shop/postgresql --backup 20260301t020000z --to shop.zst`,
	}
	f := cmd.Flags()
	f.StringVar(&o.ID, "backup", "", "the `ID` of the backup (default: the newest)")
	f.StringVar(&o.To, "to", "", "the `FILE` to write (default: named after the backup, in this folder)")
	b.complete(cmd, "backup", fixed())
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}

func backupRestoreCommand(b *belt, run func(context.Context, *ops.Session, ops.RestoreOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.BackupRestore
	}
	var o ops.RestoreOptions
	cmd := &cobra.Command{
		Use:   "restore APP/DATABASE --server SERVER",
		Short: "Put a backup in the place of a server's data",
		Long: `Put a backup in the place of a server's data.

The backup is restored beside the data and proven first; then the server stops, the two change places, and it starts on the
restored data. The old data is kept aside; when anything fails it is put back. A server that replicates is refused: end
that first.`,
		Example: `  belt db backup restore shop/postgresql --server db3
  belt db backup restore shop/postgresql --server db1 --backup 20260301t020000z --dry-run`,
	}
	f := cmd.Flags()
	f.StringVar(&o.ID, "backup", "", "the `ID` of the backup (default: the newest)")
	f.StringVar(&o.Server, "server", "", "the `SERVER` whose data it replaces")
	b.complete(cmd, "backup", fixed())
	b.complete(cmd, "server", b.completeServer)
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}

// completeServer offers the servers of the target's app.
func (b *belt) completeServer(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return b.ofTarget(args, typed, func(_ *inventory.Inventory, t inventory.Target) []string { return t.App.ServerNames() })
}
