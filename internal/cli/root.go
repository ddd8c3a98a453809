package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// seedFlags maps the spelling of the first IAB's flags to today's. Both are the same flag, so that old units and
// scripts run unchanged.
var seedFlags = map[string]string{
	"dryRun":      "dry-run",
	"dryRunCopy":  "dry-run-copy",
	"dryRunPrune": "dry-run-prune",
	"iOSfix":      "ios-fix",
	"sourceURL":   "source-url",
	"sourceToken": "source-token",
	"targetURL":   "target-url",
	"targetToken": "target-token",
	"iabCredDir":  "cred-dir",
	"outConfig":   "out-config",
}

func normalize(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if today, ok := seedFlags[name]; ok {
		name = today
	}
	return pflag.NormalizedName(name)
}

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
	flags.StringVar(&a.globals.config, "config", "", "config file (default ./config.json, else $IAB_CONFIG)")
	flags.StringVar(&a.globals.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&a.globals.logFormat, "log-format", "text", "text or json")
	flags.BoolVar(&a.globals.json, "json", false, "print the result as one JSON document on stdout")
	flags.BoolVarP(&a.globals.quiet, "quiet", "q", false, "print nothing but errors and failed jobs")

	root.AddCommand(newRun(a), newPlan(a), newOnboard(a), newRetention(a))
	return root
}

// noArguments refuses arguments in one sentence, with the nearest command where one was mistyped.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	root := cmd.Root()
	root.SuggestionsMinimumDistance = 2
	hint := fmt.Sprintf("see `%s --help`", cmd.CommandPath())
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean `iab " + strings.Join(near, "` or `iab ") + "`?"
	}
	if cmd == root {
		return usage(hint, "unknown command %q", args[0])
	}
	return usage(hint, "%s takes no arguments, but %q is one", cmd.CommandPath(), args[0])
}

// flagError makes a usage error of what the flag parser says.
func flagError(cmd *cobra.Command, err error) error {
	return usage(flagHint(cmd, err), "%s", err)
}
