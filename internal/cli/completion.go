package cli

import (
	"github.com/spf13/cobra"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "The script that completes belt's commands and your names in a shell",
		Long: `The script that completes belt's commands, and every name of your belt.yaml, in a shell.

  bash         belt completion bash > /etc/bash_completion.d/belt
  zsh          belt completion zsh > "${fpath[1]}/_belt"
  fish         belt completion fish > ~/.config/fish/completions/belt.fish
  powershell   belt completion powershell | Out-String | Invoke-Expression`,
		Example:   `  source <(belt completion bash)`,
		ValidArgs: shells,
		Args:      targetArgs("bash, zsh, fish or powershell"),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, root := cmd.OutOrStdout(), cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(w, true)
			case "zsh":
				return root.GenZshCompletion(w)
			case "fish":
				return root.GenFishCompletion(w, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(w)
			}
			return &flagError{text: "no completion for " + args[0], fix: "it is one of bash, zsh, fish and powershell"}
		},
	}
	return withExits(cmd, local())
}
