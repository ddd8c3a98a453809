package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
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

// flagError makes a usage error of what the flag parser says.
func flagError(cmd *cobra.Command, err error) error {
	help := fmt.Sprintf("see `%s --help`", cmd.CommandPath())
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var malformed *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usage(help, "unknown flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return usage(nearFlag(cmd, unknown.GetSpecifiedName(), help), "unknown flag --%s", unknown.GetSpecifiedName())
	case errors.As(err, &missing):
		return usage(help, "--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		flag := invalid.GetFlag()
		wanted := wantedValues[flag.Value.Type()]
		return usage(cmp.Or(wanted.hint, help), "read --%s: %q is %s", flag.Name, invalid.GetValue(), cmp.Or(wanted.not, "no value for it"))
	case errors.As(err, &malformed):
		return usage(help, "%q is no flag", malformed.GetSpecifiedFlag())
	}
	return usage(help, "%s", err)
}

// wantedValues says what the flags of each type take.
var wantedValues = map[string]struct{ not, hint string }{
	"bool":        {"neither true nor false", "give true, false, or no value for true"},
	"int":         {"no whole number that is possible here", "give a number such as 4"},
	"duration":    {"no duration", "give a number with a unit, such as 30s, 10m or 2h"},
	"stringSlice": {"no list", "separate names by commas, without quotes in them, or repeat the flag"},
}

// nearFlag proposes the flag that an unknown one was probably meant to be.
func nearFlag(cmd *cobra.Command, name, otherwise string) string {
	hint, best := otherwise, 3
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), f.Name); d < best && !f.Hidden {
			best, hint = d, "did you mean --"+f.Name+"?"
		}
	})
	return hint
}

// oneOf checks the value of a flag that takes one of a few words.
func oneOf(flag, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	last := len(words) - 1
	return usage("use "+strings.Join(words[:last], ", ")+" or "+words[last], "read --%s: %q is not possible", flag, value)
}
