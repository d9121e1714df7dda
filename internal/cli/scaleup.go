package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
)

func scaleUpCommand(b *belt, run func(context.Context, *ops.Session, ops.ScaleUpOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.ScaleUp
	}
	var o ops.ScaleUpOptions
	cmd := &cobra.Command{
		Use:   "scale-up APP/DATABASE (--server NAME [--address ADDRESS] | --provider NAME)",
		Short: "Turn a fresh server into one more replica",
		Long: `Turn a fresh server into one more replica.

Belt logs in to the server, compares its size with the primary's, installs the database at the primary's version from the
server's own package sources, with the locales and extensions that the primary uses, tunes it as the primary is tuned,
scaled to its memory, and then does what 'belt db replicate enable' does. At the end belt.yaml and the variables have it.

With --provider a program of yours makes the server first, and is asked to destroy it when the rest fails. A database
whose app has no backups is refused, unless --without-backups says so.`,
		Example: `  belt db scale-up shop/postgresql --server db3 --address 203.0.113.23 --internal 10.0.0.23
  belt db scale-up shop/postgresql --provider hetzner --size cx42
  belt db scale-up shop/postgresql --server db3 --address 203.0.113.23 --dry-run`,
	}
	f := cmd.Flags()
	f.StringVar(&o.Server, "server", "", "the `NAME` of the server, in belt.yaml or new")
	f.StringVar(&o.Address, "address", "", "the host name or IP `ADDRESS` of a new server")
	f.StringVar(&o.Internal, "internal", "", "its `ADDRESS` in the app's own network")
	f.StringVar(&o.HostKey, "host-key", "", "its host `KEY`, such as \"ssh-ed25519 AAAA…\"; without it, it is shown and asked about")
	f.StringVar(&o.Provider, "provider", "", "let the provider `NAME` of belt.yaml make the server")
	f.StringVar(&o.Size, "size", "", "the `SIZE` of the server, in the provider's words")
	f.BoolVar(&o.WithoutBackups, "without-backups", false, "go on although the app has no backups")
	f.Var(newSize(&o.MaxRate), "max-rate", "copy at most this many bytes per second, such as `50MB`")
	b.complete(cmd, "server", b.completeNewReplica)
	b.complete(cmd, "provider", b.completeProvider)
	for _, flag := range []string{"address", "internal", "host-key", "size"} {
		b.complete(cmd, flag, fixed())
	}
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}

func scaleDownCommand(b *belt, run func(context.Context, *ops.Session, ops.ScaleDownOptions) (ops.Result, error)) *cobra.Command {
	if run == nil {
		run = ops.ScaleDown
	}
	var o ops.ScaleDownOptions
	cmd := &cobra.Command{
		Use:   "scale-down APP/DATABASE --replica SERVER",
		Short: "Let a replica leave, and its server go",
		Long: `Let a replica leave, and its server go.

The replica leaves as with 'belt db replicate disable --stop'; then belt.yaml and the variables have its server no more. The
provider that made the server destroys it, with all that is on it; --keep-server keeps it.`,
		Example: `  belt db scale-down shop/postgresql --replica db3
  belt db scale-down shop/postgresql --replica db3 --keep-server`,
	}
	f := cmd.Flags()
	f.StringVar(&o.Replica, "replica", "", "the `SERVER` that goes")
	f.BoolVar(&o.KeepServer, "keep-server", false, "do not let the provider destroy it")
	b.complete(cmd, "replica", b.completeReplica)
	return changesTarget(b, cmd, &o, &o.Change, &o.Target, run)
}

// completeProvider offers the providers.
func (b *belt) completeProvider(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return b.words(args, typed, func(inv *inventory.Inventory) []string {
		var names []string
		for _, p := range inv.Providers {
			names = append(names, p.Name)
		}
		return names
	})
}
