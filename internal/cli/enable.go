package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func enableCommand(b *belt, run func(context.Context, *ops.Session, ops.EnableOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.Enable
	}
	var o ops.EnableOptions
	cmd := &cobra.Command{
		Use:   "enable APP/DATABASE (--replica SERVER... | --from APP/DATABASE)",
		Short: "Make servers replicas of a running database",
		Long: `Make servers replicas of a running database.

Belt checks every precondition, shows the plan and asks. The primary goes on taking writes. The replica's old data is
kept aside for 'belt db replicate undo'. When anything fails, everything is put back as it was.

Within an app name the servers with --replica. Between apps name the source with --from: the target's own server becomes
a replica of the source's primary, over an encrypted connection; where the source is itself a replica, it becomes a replica
of that. At the end the variables of the app servers are updated.`,
		Example: `  belt db replicate enable shop/postgresql --replica db2
  belt db replicate enable shop/postgresql --replica db2 --replica db3 --max-rate 50MB
  belt db replicate enable shop-eu/postgresql --from shop/postgresql
  belt db replicate enable shop/postgresql --replica db2 --dry-run`,
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "the `SERVER` of the app that becomes a replica (repeatable: side by side)")
	f.StringVar(&o.From, "from", "", "the `APP/DATABASE` of another app to become a replica of")
	f.BoolVar(&o.DiscardOld, "discard-old", false, "give up the replica's old data before the copy, where the disk cannot hold both")
	f.Var(newSize(&o.MaxRate), "max-rate", "copy at most this many bytes per second, such as `50MB`")
	f.Var(newSize(&o.KeepWAL), "keep-wal", "let the primary retain at most this much for a stopped replica, such as `20GB`")
	f.BoolVar(&o.Votes, "votes", false, "MongoDB: let an odd number of members vote, from three on: the set then elects another primary by itself")
	b.complete(cmd, "replica", b.completeNewReplica)
	b.complete(cmd, "from", b.completeSource)
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}
