package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

func resyncCommand(b *belt, run func(context.Context, *ops.Session, ops.ResyncOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.Resync
	}
	var o ops.ResyncOptions
	cmd := &cobra.Command{
		Use:   "resync APP/DATABASE [--replica SERVER...]",
		Short: "Mend replicas the cheapest way that works",
		Long: `Mend replicas the cheapest way that works, said in advance: start the server and let it catch up, rewind what the
primary does not have, or copy everything again. The old data is kept aside for 'belt db replicate undo'.`,
		Example: `  belt db replicate resync shop/postgresql --replica db2
  belt db replicate resync shop/postgresql --method full
  belt db replicate resync shop/postgresql --if-needed --yes        for cron: silent when all is well`,
		PreRunE: func(*cobra.Command, []string) error {
			if !slices.Contains(ops.ResyncMethods(), o.Method) {
				return &flagError{text: fmt.Sprintf("--method %q: it is one of %s", o.Method, strings.Join(ops.ResyncMethods(), ", "))}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Replicas, "replica", nil, "only this `SERVER` (repeatable; default: every replica of the database)")
	f.BoolVar(&o.IfNeeded, "if-needed", false, "do and say nothing when every replica is healthy")
	f.StringVar(&o.Method, "method", "auto", "the `WAY` to mend it: auto, restart, rewind or full")
	f.BoolVar(&o.DiscardOld, "discard-old", false, "give up the replica's old data before a full copy, where the disk cannot hold both")
	f.Var(newSize(&o.MaxRate), "max-rate", "copy at most this many bytes per second, such as `50MB`")
	b.complete(cmd, "replica", b.completeReplica)
	b.complete(cmd, "method", fixed(ops.ResyncMethods()...))
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}
