package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// root is the tree of commands.
func (b *belt) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "belt",
		Short: "Database replication, in one command",
		Long: `Belt makes replicas of running databases, proves that they are exact, and tells your applications.

It logs in to your servers over SSH, needs nothing installed there, and keeps no state but belt.yaml.`,
		Example: `  belt init                                                     write a belt.yaml to start from
  belt check                                                    reach every server, change nothing
  belt db replicate enable shop/postgresql --replica db2        make db2 a replica
  belt db status                                                who is primary, who follows, how far behind`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags(), b.getenv); err != nil {
				return err
			}
			return b.flags.check(cmd)
		},
	}
	cmd.SetIn(b.stdin)
	cmd.SetOut(b.stdout)
	cmd.SetErr(b.stderr)
	cmd.SetFlagErrorFunc(onFlagError)
	cmd.SetHelpFunc(b.help)
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetHelpCommand(helpCommand())
	b.flags.add(cmd.PersistentFlags())
	b.complete(cmd, "output", completeFormat)

	cmd.AddCommand(
		initCommand(b, nil), checkCommand(b, nil),
		group("db", "Replicate databases, and see how they are doing",
			statusCommand(b, nil), promoteCommand(b, nil),
			replicate(group("replicate", "Make, mend, prove and end replicas",
				enableCommand(b, nil), disableCommand(b, nil), resyncCommand(b, nil), verifyCommand(b, nil),
				waitCommand(b, nil), undoCommand(b, nil), cleanupCommand(b, nil))),
			scaleUpCommand(b, nil), scaleDownCommand(b, nil),
			backups(group("backup", "Take, prove and restore backups",
				backupCreateCommand(b, nil), backupListCommand(b, nil), backupVerifyCommand(b, nil),
				backupDownloadCommand(b, nil), backupRestoreCommand(b, nil))),
		),
		group("env", "The variables that applications read",
			envShowCommand(b, nil), envDiffCommand(b, nil), envPushCommand(b, nil), envHistoryCommand(b, nil)),
		logCommand(b, nil), versionCommand(b), completionCommand(),
	)
	alone(cmd)
	return cmd
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: short + "."}
	cmd.AddCommand(commands...)
	alone(cmd)
	return cmd
}

// replicate gives the group the words that people search for.
func replicate(cmd *cobra.Command) *cobra.Command {
	cmd.Long = `Make, mend, prove and end replicas.

The primary is the server that takes the writes; its replicas follow it. Older documents call them master/slave.`
	return cmd
}

// alone makes a command show its help when it is called alone, and refuse what it does not have.
func alone(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		err := &flagError{
			text: fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath()),
			fix:  "`" + cmd.CommandPath() + " --help` lists them",
		}
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			err.text += ": did you mean " + strings.Join(near, " or ") + "?"
		}
		return err
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// run parses the arguments, runs the command, prints its error and returns its exit code.
func (b *belt) run(ctx context.Context) int {
	root := b.root()
	root.SetArgs(b.args)
	ctx, stop := b.signals(ctx)
	defer stop()
	cmd, err := root.ExecuteContextC(ctx)
	code := b.finish(cmd, err)
	if b.shown != nil {
		b.shown.Close()
	}
	return code
}

// targetArgs takes exactly one argument and says which is missing.
func targetArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return &flagError{text: "say which: " + what, fix: "`" + cmd.CommandPath() + " --help` shows how"}
		case len(args) > 1:
			return &flagError{text: fmt.Sprintf("one %s at a time, not also %s", what, strings.Join(args[1:], " ")), fix: "`" + cmd.CommandPath() + " --help` shows how"}
		}
		return nil
	}
}

// atMostOne takes no argument or one.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return targetArgs(what)(cmd, args)
	}
}

// noArgs takes no argument.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &flagError{text: fmt.Sprintf("%s takes no argument, not even %s", cmd.CommandPath(), strings.Join(args, " ")), fix: "`" + cmd.CommandPath() + " --help` shows how"}
	}
	return nil
}
