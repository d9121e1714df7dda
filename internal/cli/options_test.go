package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/internal/ops"
)

// got has run as a command's operation, and keeps the options that it was given.
func got[O, R any](into *any) func(context.Context, *ops.Session, O) (R, error) {
	return func(_ context.Context, s *ops.Session, o O) (r R, err error) {
		if s.Inventory == nil || s.Connect == nil || s.Screen == nil || s.Locks == nil || s.Env == nil || s.ExitCode == nil {
			panic("the session is not whole")
		}
		*into = o
		return r, nil
	}
}

// Flags become the options of one function.
func TestOptions(t *testing.T) {
	yes := ops.Change{Yes: true}
	for _, tt := range []struct {
		args string
		make func(*belt, *any) *cobra.Command
		want any
	}{
		{"enable shop/postgresql --replica db2 --replica db3 --max-rate 50MB --keep-wal 2GiB --discard-old --yes",
			func(b *belt, o *any) *cobra.Command { return enableCommand(b, got[ops.EnableOptions, ops.Result](o)) },
			ops.EnableOptions{Change: yes, Target: "shop/postgresql", Replicas: []string{"db2", "db3"}, DiscardOld: true,
				MaxRate: 50_000_000, KeepWAL: 2 << 30}},
		{"enable eu/postgresql --from shop/postgresql --dry-run --skip-check disk --skip-check version",
			func(b *belt, o *any) *cobra.Command { return enableCommand(b, got[ops.EnableOptions, ops.Result](o)) },
			ops.EnableOptions{Change: ops.Change{DryRun: true, SkipChecks: []string{"disk", "version"}}, Target: "eu/postgresql", From: "shop/postgresql"}},
		{"disable shop/postgresql --replica db2 --stop --no-restart -y",
			func(b *belt, o *any) *cobra.Command { return disableCommand(b, got[ops.DisableOptions, ops.Result](o)) },
			ops.DisableOptions{Change: yes, Target: "shop/postgresql", Replicas: []string{"db2"}, Stop: true, NoRestart: true}},
		{"resync postgresql --if-needed --method rewind --discard-old --max-rate 1MB/s -y",
			func(b *belt, o *any) *cobra.Command { return resyncCommand(b, got[ops.ResyncOptions, ops.Result](o)) },
			ops.ResyncOptions{Change: yes, Target: "postgresql", IfNeeded: true, Method: "rewind", DiscardOld: true, MaxRate: 1_000_000}},
		{"undo shop/postgresql --replica db2 -y",
			func(b *belt, o *any) *cobra.Command { return undoCommand(b, got[ops.UndoOptions, ops.Result](o)) },
			ops.UndoOptions{Change: yes, Target: "shop/postgresql", Replicas: []string{"db2"}}},
		{"cleanup shop/postgresql -y",
			func(b *belt, o *any) *cobra.Command { return cleanupCommand(b, got[ops.CleanupOptions, ops.Result](o)) },
			ops.CleanupOptions{Change: yes, Target: "shop/postgresql"}},
		{"verify shop/postgresql --replica db2 --max-rate 2MB",
			func(b *belt, o *any) *cobra.Command {
				return verifyCommand(b, got[ops.VerifyOptions, ops.VerifyDocument](o))
			},
			ops.VerifyOptions{Target: "shop/postgresql", Replicas: []string{"db2"}, MaxRate: 2_000_000}},
		{"wait shop/postgresql --max-lag 5s",
			func(b *belt, o *any) *cobra.Command {
				return waitCommand(b, got[ops.WaitOptions, ops.StatusDocument](o))
			},
			ops.WaitOptions{Target: "shop/postgresql", MaxLag: 5 * time.Second}},
		{"status shop",
			func(b *belt, o *any) *cobra.Command {
				return statusCommand(b, got[ops.StatusOptions, ops.StatusDocument](o))
			},
			ops.StatusOptions{Select: "shop"}},
		{"check shop/postgresql --replica db2 --skip-check disk",
			func(b *belt, o *any) *cobra.Command {
				return checkCommand(b, got[ops.CheckOptions, ops.CheckDocument](o))
			},
			ops.CheckOptions{Select: "shop/postgresql", Replicas: []string{"db2"}, SkipChecks: []string{"disk"}}},
		{"log shop",
			func(b *belt, o *any) *cobra.Command { return logCommand(b, got[ops.LogOptions, ops.LogDocument](o)) },
			ops.LogOptions{Select: "shop"}},
		{"show shop",
			func(b *belt, o *any) *cobra.Command {
				return envShowCommand(b, got[ops.EnvOptions, ops.EnvDocument](o))
			},
			ops.EnvOptions{App: "shop"}},
		{"diff shop",
			func(b *belt, o *any) *cobra.Command {
				return envDiffCommand(b, got[ops.EnvOptions, ops.EnvDiffDocument](o))
			},
			ops.EnvOptions{App: "shop"}},
		{"push --dry-run",
			func(b *belt, o *any) *cobra.Command { return envPushCommand(b, got[ops.EnvPushOptions, ops.Result](o)) },
			ops.EnvPushOptions{Change: ops.Change{DryRun: true}}},
		{"history shop",
			func(b *belt, o *any) *cobra.Command {
				return envHistoryCommand(b, got[ops.EnvOptions, ops.HistoryDocument](o))
			},
			ops.EnvOptions{App: "shop"}},
	} {
		t.Run(tt.args, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "belt.yaml"),
				[]byte("apps: {shop: {servers: {db1: {address: 203.0.113.1}}, databases: {postgresql: {servers: [db1]}}}}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			b, _ := silent(nil, nil)
			b.connect, b.locks, b.pusher = world{dir}.open, ops.ServerLocks{}, ops.OnServers
			b.flags.file = filepath.Join(dir, "belt.yaml")
			var options any
			root := &cobra.Command{Use: "belt", SilenceErrors: true, SilenceUsage: true}
			b.flags.add(root.PersistentFlags())
			root.AddCommand(tt.make(b, &options))
			root.SetArgs(append(strings.Fields(tt.args), "-q", "-f", filepath.Join(dir, "belt.yaml")))
			if err := root.ExecuteContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, options, cmpopts.IgnoreFields(ops.Change{}, "Hard"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			b.screen().Close()
		})
	}
}
