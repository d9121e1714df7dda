package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dbbelt/belt/internal/ui"
)

// exits keeps a command's exit codes for its help.
const exits = "exits"

// withExits notes the exit codes that the command can have.
func withExits(cmd *cobra.Command, codes []int) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[exits] = strings.Trim(fmt.Sprint(codes), "[]")
	return cmd
}

// help prints a command's help to stdout, on a terminal as wide as that. It ends with the exit codes.
func (b *belt) help(cmd *cobra.Command, _ []string) {
	var out strings.Builder
	writeHelp(&out, cmd)
	text := out.String()
	if width := b.screen().width(); width > 0 {
		text = ui.Fit(text, width)
	}
	_, err := io.WriteString(b.stdout, text)
	b.print(err)
}

func writeHelp(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintln(w, strings.TrimSpace(cmd.Long))
	fmt.Fprintf(w, "\nUsage:\n  %s\n", useLine(cmd))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintln(w, "\nCommands:")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	cmd.InitDefaultHelpFlag()
	flagList(w, "Flags", cmd.LocalNonPersistentFlags())
	flagList(w, "Flags of every command (each also as BELT_<FLAG> in the environment)", cmd.Root().PersistentFlags())
	if codes := cmd.Annotations[exits]; codes != "" {
		fmt.Fprintln(w, "\nExit codes:")
		for _, code := range strings.Fields(codes) {
			if n, err := strconv.Atoi(code); err == nil {
				fmt.Fprintf(w, "  %3d  %s\n", n, meaning(n))
			}
		}
	} else if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\nExit codes: the help of each command ends with its own (%s COMMAND --help).\n", cmd.CommandPath())
	}
}

// helpCommand is `belt help COMMAND`, for those who type it.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return &flagError{text: "no command " + strings.Join(args, " "), fix: "`belt --help` lists them"}
			}
			return found.Help()
		},
	}
}

func useLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	return cmd.UseLine()
}

func flagList(w io.Writer, title string, flags *pflag.FlagSet) {
	if text := flags.FlagUsages(); text != "" {
		fmt.Fprintf(w, "\n%s:\n%s", title, text)
	}
}
