package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot builds the whole command line. Plain `iab` is `iab run`.
func newRoot(a *app) *cobra.Command {
	root := newRun(a)
	root.Use = "iab"
	root.Short = "Back up Incus instances and volumes from one server to another"
	root.Long = `IAB takes snapshots of instances and custom volumes on a source Incus server, copies them to a
target server, and prunes its own snapshots on both by policy. All state lives in Incus.

Plain "iab" is "iab run". Start with "iab onboard", then look at "iab plan".`
	root.Version = a.version()
	root.SetVersionTemplate("iab {{.Version}}\n")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetGlobalNormalizationFunc(normalize)
	root.SetIn(a.stdio.In)
	root.SetOut(a.stdio.Out)
	root.SetErr(a.stdio.Err)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(root.UsageTemplate() + "\n" + exitHelp())

	flags := root.PersistentFlags()
	flags.StringVar(&a.globals.config, "config", "", "read the config from `FILE`, or by guest: from user.iab.config of the instance (default ./config.json, else $IAB_CONFIG)")
	flags.StringVar(&a.globals.logLevel, "log-level", "info", "log this `LEVEL` and above: "+strings.Join(logLevels, ", "))
	flags.StringVar(&a.globals.logFormat, "log-format", "text", "log in this `FORMAT`: "+strings.Join(logFormats, ", "))
	flags.BoolVar(&a.globals.json, "json", false, "print the result as one JSON document on stdout")
	flags.BoolVarP(&a.globals.quiet, "quiet", "q", false, "print nothing but errors and failed jobs")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.globals.check() }

	root.AddCommand(newRun(a), newPlan(a), newStatus(a), newSnapshots(a), newCheck(a), newVerify(a), newRestore(a), newForget(a), newFailover(a), newFailback(a),
		newOnboard(a), newOS(a), newGuest(a), newRetention(a), newCompletion(a))
	root.SetHelpCommand(newHelp())
	complete(root)
	return root
}

// newHelp is `iab help`, which unlike that of cobra refuses a command that there is not.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

// noArguments refuses arguments in one sentence, with the nearest command where one was mistyped.
func noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasAvailableSubCommands():
		return unknownCommand(cmd, args[0])
	}
	return usage(helpHint(cmd), "%s takes no arguments, but %q is one", commandName(cmd), args[0])
}

func unknownCommand(parent *cobra.Command, word string) error {
	parent.SuggestionsMinimumDistance = 2
	hint := helpHint(parent)
	if near := parent.SuggestionsFor(word); len(near) > 0 {
		path := parent.CommandPath() + " "
		hint = "did you mean `" + path + strings.Join(near, "` or `"+path) + "`?"
	}
	return usage(hint, "unknown command %q", strings.TrimSpace(strings.TrimPrefix(commandName(parent), "iab")+" "+word))
}

func helpHint(cmd *cobra.Command) string { return fmt.Sprintf("see `%s --help`", cmd.CommandPath()) }

// commandName is the command without the name of the program.
func commandName(cmd *cobra.Command) string { return strings.TrimPrefix(cmd.CommandPath(), "iab ") }
