package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// shells are those that completion is written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that completes commands and flags in a shell",
		Long:  "Prints the script that lets a shell complete commands and flags: " + strings.Join(shells, ", ") + ".",
		Example: `  source <(iab completion bash)
  iab completion bash >/etc/bash_completion.d/iab
  iab completion zsh >"${fpath[1]}/_iab"
  iab completion fish >~/.config/fish/completions/iab.fish`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			hint := "use one of " + strings.Join(shells, ", ")
			switch {
			case len(args) != 1:
				return usage(hint, "completion takes the name of one shell, not %d", len(args))
			case !slices.Contains(shells, args[0]):
				return usage(hint, "complete commands in %q: the shell is not known", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), a.stdio.Out
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return root.GenPowerShellCompletionWithDesc(out)
		},
	}
}

// complete says what the flags take. Where nothing is said, no names of files are proposed.
func complete(root *cobra.Command) {
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	for flag, words := range map[string][]string{"log-level": logLevels, "log-format": logFormats} {
		// The flags exist, and nobody has said anything about them before.
		_ = root.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = root.MarkPersistentFlagFilename("config", "json")
	_ = root.MarkFlagFilename("metrics-file")
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "onboard":
			_ = cmd.MarkFlagDirname("cred-dir")
			_ = cmd.MarkFlagFilename("out-config")
		case "run":
			_ = cmd.MarkFlagFilename("metrics-file")
		case "status":
			_ = cmd.MarkFlagFilename("html", "html")
		}
	}
}
